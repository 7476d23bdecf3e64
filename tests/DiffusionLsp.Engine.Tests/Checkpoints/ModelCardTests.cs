using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Tests;

namespace DiffusionLsp.Engine.Tests.Checkpoints;

/// <summary>What is known of a model beside its files.</summary>
public sealed class ModelCardTests
{
    private static readonly ModelConfig s_dream = ModelConfig.Load(TestData.PathOf("parity", "dream"));

    [Fact]
    public void A_blank_card_changes_nothing() => Assert.Equal(s_dream, ModelCard.Blank.Complete(s_dream));

    [Fact]
    public void The_documented_context_bounds_the_one_that_the_config_inherits()
    {
        var inherited = s_dream with { MaxPositionEmbeddings = 131_072 };

        Assert.Equal(2_048, new ModelCard { Context = 2_048 }.Complete(inherited).MaxPositionEmbeddings);
        Assert.Equal(512, new ModelCard { Context = 2_048 }.Complete(s_dream with { MaxPositionEmbeddings = 512 }).MaxPositionEmbeddings);
    }

    [Fact]
    public void The_shift_and_the_ends_are_the_cards()
    {
        var config = new ModelCard { LogitShift = false, BosBeforePrefix = false, EosAfterSuffix = false }.Complete(s_dream);

        Assert.True(s_dream is { LogitShift: true, BosBeforePrefix: true, EosAfterSuffix: true });
        Assert.True(config is { LogitShift: false, BosBeforePrefix: false, EosAfterSuffix: false });
    }

    [Fact]
    public void What_a_config_recommends_for_its_own_denoising_stays()
    {
        var card = new ModelCard { InitialMasks = 64, MaxNewTokens = 64 };
        var own = s_dream with { Diffusion = new DiffusionSettings { InitialMasks = 8 } };

        Assert.Equal((64, 64), (card.Complete(s_dream).Diffusion.InitialMasks, card.Complete(s_dream).Diffusion.MaxNewTokens));
        Assert.Equal((8, 64), (card.Complete(own).Diffusion.InitialMasks, card.Complete(own).Diffusion.MaxNewTokens));
    }
}
