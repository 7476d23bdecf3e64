using DiffusionLsp.Server.ModelStore.Hub;
using DiffusionLsp.Server.Tests.Support;

namespace DiffusionLsp.Server.Tests.ModelStore;

/// <summary>What breaks off goes on where it ended, and comes to the same bytes.</summary>
public sealed class ResumeTests(ITestOutputHelper output) : IDisposable
{
    private const string Weights = "model.safetensors";

    private readonly HubBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Ten_pulls_that_are_stopped_at_random_bytes_and_an_eleventh_come_to_the_same_file()
    {
        const int Seed = 20_261_124;
        Random random = new(Seed);
        int size = _bench.Hub.Files[Weights].Length;
        int[] places = [.. Enumerable.Range(0, 10).Select(_ => random.Next(1, size)).Order()];
        output.WriteLine($"Stopped when the hub had sent, of {size} bytes: {string.Join(", ", places)} (seed {Seed}).");
        List<long> starts = [];
        foreach (int place in places)
        {
            using CancellationTokenSource stop = new();
            _bench.Hub.Before = call => Holding(call, starts, place, stop);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => _bench.PullAsync(new PullProgress(TimeProvider.System), stop.Token).Soon());
            Assert.False(Directory.Exists(_bench.Installed));
        }

        _bench.Hub.Before = _ => null;
        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.Equal(starts.Order(), starts);
        Assert.True(starts[^1] > 0, "No pull went on where the one before had ended.");
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_taken_up_again_with_the_entity_tag_of_the_part()
    {
        int cuts = 0;
        _bench.Hub.Before = call => StandInHub.FileOf(call) == Weights && ++cuts <= 3
            ? _bench.Hub.Content(call) with { CutAfter = 5_000_000 } : null;

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        HubCall[] calls = [.. _bench.Hub.Calls.Where(call => StandInHub.FileOf(call) == Weights)];
        Assert.Equal(4, calls.Length);
        Assert.Null(calls[0].Header("Range"));
        string tag = $"\"{StandInHub.DigestOf(Weights, _bench.Hub.Files[Weights])}\"";
        Assert.All(calls[1..], call => Assert.Equal(tag, call.Header("If-Range")));
        Assert.All(calls[1..], call => Assert.Matches("^bytes=[1-9][0-9]*-$", call.Header("Range")!));
    }

    [Fact]
    public async Task Where_the_hub_knows_no_ranges_the_file_is_loaded_from_its_beginning()
    {
        int calls = 0;
        _bench.Hub.Before = call => StandInHub.FileOf(call) != Weights ? null
            : ++calls == 1 ? _bench.Hub.Content(call) with { CutAfter = 5_000_000 }
            : new HubReply(200, _bench.Hub.Files[Weights]);

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.Equal(2, calls);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("not json")]
    [InlineData("""{"bytes": 18105058, "digest": "ff"}""")]
    [InlineData("""{"bytes": 1, "digest": "8047fc25da7ea6e70a36ed449758c4697986bd7212840fba636673cccd776e3d"}""")]
    public async Task A_part_that_nobody_knows_what_it_is_of_is_not_gone_on_with(string? state)
    {
        Directory.CreateDirectory(_bench.Staging);
        string partial = Path.Combine(_bench.Staging, Weights + ".partial");
        File.WriteAllBytes(partial, new byte[1000]);
        if (state is not null)
        {
            File.WriteAllText(partial + ".json", state);
        }

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);

        _bench.AssertInstalled();
        Assert.Null(Assert.Single(_bench.Hub.Calls, call => StandInHub.FileOf(call) == Weights).Header("Range"));
    }

    [Fact]
    public async Task A_part_that_was_damaged_on_the_disk_is_found_out_and_loaded_anew_by_the_next_pull()
    {
        using CancellationTokenSource stop = new();
        _bench.Hub.Before = call => Holding(call, [], 9_000_000, stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => _bench.PullAsync(new PullProgress(TimeProvider.System), stop.Token).Soon());
        string partial = Path.Combine(_bench.Staging, Weights + ".partial");
        byte[] part = File.ReadAllBytes(partial);
        Assert.NotEmpty(part);
        part[0] ^= 1;
        File.WriteAllBytes(partial, part);
        _bench.Hub.Before = _ => null;

        await _bench.RefusedAsync("came damaged");
        Assert.False(File.Exists(partial));

        Assert.Equal(0, (await _bench.PullAsync()).ExitCode);
        _bench.AssertInstalled();
    }

    /// <summary>Sends the weights up to a byte of the whole file, then stops the pull while it waits for more.</summary>
    private HubReply? Holding(HubCall call, List<long> starts, int place, CancellationTokenSource stop)
    {
        if (StandInHub.FileOf(call) != Weights)
        {
            return null;
        }

        HubReply reply = _bench.Hub.Content(call);
        int start = _bench.Hub.Files[Weights].Length - reply.Body.Length;
        starts.Add(start);
        string partial = Path.Combine(_bench.Staging, Weights + ".partial");
        return reply with
        {
            CutAfter = Math.Max(0, place - start),
            Pause = async () =>
            {
                // What the hub sent is on the disk before the stop: a part of it at the least.
                while (place > start && !(File.Exists(partial) && new FileInfo(partial).Length > start))
                {
                    await Task.Delay(5, CancellationToken.None);
                }

                await stop.CancelAsync();
            },
        };
    }
}
