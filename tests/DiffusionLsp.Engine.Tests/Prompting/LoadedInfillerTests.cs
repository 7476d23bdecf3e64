using DiffusionLsp.Engine.Checkpoints;
using DiffusionLsp.Engine.Models;
using DiffusionLsp.Engine.Tokenization;
using DiffusionLsp.Tests;
using TorchSharp;

namespace DiffusionLsp.Engine.Tests.Prompting;

/// <summary>A small random model on disk, loaded as any other: it talks nonsense, but by the real path.</summary>
public sealed class LoadedInfillerTests : IDisposable
{
    private static readonly InfillRequest Request = new()
    {
        Prefix = "def area(width, height):\n    return wid",
        Suffix = "\n\nprint(area(2, 3))\n",
        MaxTokens = 12,
        InitialMasks = 8,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("diffusionlsp-model-").FullName;

    public LoadedInfillerTests()
    {
        TorchRuntime.EnsureLoaded();
        string tokenizerFile = Path.Combine(TestData.RepositoryRoot, "models", "quicksilver", "tokenizer.json");
        File.Copy(tokenizerFile, Path.Combine(_folder, "tokenizer.json"));
        var tokenizer = CodeTokenizer.Load(_folder);
        var config = ModelConfig.FromJson(
            $$"""
            {
              "model_type": "a2d-qwen3", "vocab_size": {{tokenizer.VocabularySize}}, "hidden_size": 32,
              "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "max_position_embeddings": 256,
              "tie_word_embeddings": true, "mask_token_id": {{tokenizer.TokenId("<|mask|>")}},
              "delete_token_id": {{tokenizer.TokenId("<|delete|>")}}, "diffusion": { "languages": ["python", "csharp"] }
            }
            """);
        using var scope = torch.NewDisposeScope();
        using var network = new Qwen2Network(config, new Placement(torch.CPU, torch.float32));
        network.Initialize();
        Checkpoint.Save(_folder, config, network, TensorDtype.F32);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_says_what_is_loaded()
    {
        using var infiller = Load();

        Assert.Equal(
            (Path.GetFileName(_folder), _folder, "a2d-qwen3", "cpu", "fp32", 256),
            (infiller.Model.Name, infiller.Model.Folder, infiller.Model.Architecture, infiller.Model.Device,
                infiller.Model.Dtype, infiller.Model.ContextLength));
        Assert.True(infiller.Model.Parameters > 8192 * 32);
        Assert.Equal(["python", "csharp"], infiller.Model.Languages);
        Assert.Equal(["python", "csharp"], ModelFolder.Verify(_folder).Languages);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_same_request_gives_the_same_infill_whatever_came_before(double temperature)
    {
        var request = Request with { Temperature = temperature, Seed = 5 };
        using var fresh = Load();
        using var used = Load();
        used.Infill(Request with { Prefix = "x", Temperature = 1 }, null, TestContext.Current.CancellationToken);

        var first = fresh.Infill(request, null, TestContext.Current.CancellationToken);
        var second = used.Infill(request, null, TestContext.Current.CancellationToken);

        Assert.Equal(first with { Milliseconds = 0 }, second with { Milliseconds = 0 });
    }

    [Fact]
    public void A_hundred_infills_leave_no_tensor_behind_although_one_is_cancelled()
    {
        using var infiller = Load();
        infiller.Infill(Request, null, TestContext.Current.CancellationToken);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int run = 0; run < 100; run++)
        {
            using var source = new CancellationTokenSource();
            bool isCancelled = run == 50;
            var ended = Record.Exception(() => infiller.Infill(
                Request with { MaxForwards = 3 }, _ => CancelWhere(isCancelled, source), source.Token));
            Assert.Equal(isCancelled, ended is OperationCanceledException);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void CancelWhere(bool holds, CancellationTokenSource source)
    {
        if (holds)
        {
            source.Cancel();
        }
    }

    private DiffusionInfiller Load() =>
        DiffusionInfiller.Load(new InfillerOptions { ModelFolder = _folder, Device = "cpu", Dtype = "fp32" });
}
