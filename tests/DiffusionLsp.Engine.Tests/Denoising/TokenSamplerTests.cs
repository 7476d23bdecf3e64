using DiffusionLsp.Engine.Denoising;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Denoising;

public class TokenSamplerTests
{
    public TokenSamplerTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void At_temperature_0_the_most_probable_token_comes_with_its_probability()
    {
        using var logits = Rows([0, 2, 1], [3, -1, float.NegativeInfinity]);

        var guesses = new TokenSampler(temperature: 0, seed: 1).Sample(logits, [10, 12], spanStart: 10, step: 1);

        Assert.Equal([(10, 1), (12, 0)], guesses.Select(guess => (guess.Position, guess.TokenId)));
        Assert.Equal(Math.Exp(2) / (1 + Math.Exp(2) + Math.Exp(1)), guesses[0].Confidence, 1e-6);
        Assert.Equal(1 / (1 + Math.Exp(-4)), guesses[1].Confidence, 1e-6);
    }

    [Fact]
    public void A_tie_goes_to_the_lower_id_however_wide_the_row()
    {
        float[] row = new float[4099];
        int[] equals = [4098, 2050, 777, 3000];
        foreach (int id in equals)
        {
            row[id] = 5;
        }

        using var logits = Rows(row);

        Assert.Equal(777, new TokenSampler(0, 0).Sample(logits, [0], 0, 1)[0].TokenId);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_an_error_and_not_a_token()
    {
        using var logits = Rows([0, float.NaN, 1]);

        var error = Assert.Throws<EngineException>(() => new TokenSampler(0, 0).Sample(logits, [0], 0, 1));

        Assert.Contains("--dtype fp32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_is_the_same_on_every_machine()
    {
        var noise = new SeededNoise(seed: 42, step: 3, cell: 5);

        Assert.Equal(0.26133613087856455, noise.Uniform(0));
        Assert.Equal(0.45009074821026973, noise.Uniform(1));
        Assert.Equal(0.9710731467066563, noise.Uniform(150_000));
    }

    [Fact]
    public void A_draw_depends_on_seed_step_and_cell_and_on_nothing_else()
    {
        using var logits = Rows([.. Enumerable.Repeat(new float[64], 3)]);
        var sampler = new TokenSampler(temperature: 1, seed: 7);
        int[] Draw(TokenSampler from, int spanStart, int step) =>
        [
            .. from.Sample(logits, [spanStart, spanStart + 1, spanStart + 2], spanStart, step)
                .Select(guess => guess.TokenId),
        ];

        int[] first = Draw(sampler, spanStart: 10, step: 1);

        Assert.Equal(first, Draw(new TokenSampler(1, 7), spanStart: 500, step: 1));
        Assert.NotEqual(first, Draw(sampler, spanStart: 10, step: 2));
        Assert.NotEqual(first, Draw(new TokenSampler(1, 8), spanStart: 10, step: 1));
        Assert.True(first.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.5)]
    public void Draws_follow_the_softmax_at_the_temperature(double temperature)
    {
        float[] row = [0, 1, -1, float.NegativeInfinity, 0.5f];
        double[] weights = [.. row.Select(logit => Math.Exp(logit / temperature))];
        const int Draws = 20_000;
        using var logits = Rows([.. Enumerable.Repeat(row, Draws)]);
        int[] counts = new int[row.Length];

        foreach (var guess in new TokenSampler(temperature, 3).Sample(logits, [.. Enumerable.Range(0, Draws)], 0, 1))
        {
            counts[guess.TokenId]++;
        }

        Assert.Equal(0, counts[3]);
        for (int id = 0; id < row.Length; id++)
        {
            Assert.Equal(weights[id] / weights.Sum(), (double)counts[id] / Draws, 0.015);
        }
    }

    [Fact]
    public void The_confidence_of_a_draw_is_its_probability_at_temperature_1()
    {
        using var logits = Rows([.. Enumerable.Repeat(new[] { 0f, MathF.Log(3) }, 50)]);

        var guesses = new TokenSampler(temperature: 5, seed: 1).Sample(logits, [.. Enumerable.Range(0, 50)], 0, 1);

        Assert.All(guesses, guess => Assert.Equal(guess.TokenId == 0 ? 0.25 : 0.75, guess.Confidence, 1e-6));
        Assert.Equal(2, guesses.Select(guess => guess.TokenId).Distinct().Count());
    }

    private static torch.Tensor Rows(params float[][] rows) =>
        torch.tensor([.. rows.SelectMany(row => row)], [rows.Length, rows[0].Length]);
}
