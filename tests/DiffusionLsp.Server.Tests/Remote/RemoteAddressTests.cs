using DiffusionLsp.Engine;
using DiffusionLsp.Server.Configuration;
using DiffusionLsp.Server.Remote;

namespace DiffusionLsp.Server.Tests.Remote;

/// <summary>Which addresses may be used, what is asked there, and which key is shown.</summary>
public sealed class RemoteAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1/completions", nameof(RemoteForm.Completions))]
    [InlineData("http://localhost:8000/v1/", "http://localhost:8000/v1/completions", nameof(RemoteForm.Completions))]
    [InlineData("http://[::1]:30000/v1/completions", "http://[::1]:30000/v1/completions", nameof(RemoteForm.Completions))]
    [InlineData("http://127.0.0.1:8080/infill", "http://127.0.0.1:8080/infill", nameof(RemoteForm.Infill))]
    [InlineData("https://127.1.2.3/gate/v1", "https://127.1.2.3/gate/v1/completions", nameof(RemoteForm.Completions))]
    public void An_address_of_this_machine_needs_no_leave_and_its_end_says_how_it_is_asked(string url, string endpoint, string form)
    {
        var address = RemoteAddress.Of(new RemoteChoice(url));

        Assert.Equal((endpoint, form, false), (address.Endpoint.AbsoluteUri, address.Form.ToString(), address.LeavesMachine));
    }

    [Theory]
    [InlineData("https://api.inceptionlabs.ai", "https://api.inceptionlabs.ai/v1/fim/completions", nameof(RemoteForm.FillInTheMiddle))]
    [InlineData("https://codestral.example/v1/fim/completions", "https://codestral.example/v1/fim/completions", nameof(RemoteForm.FillInTheMiddle))]
    [InlineData("https://127.0.0.1.example.com", "https://127.0.0.1.example.com/v1/completions", nameof(RemoteForm.Completions))]
    [InlineData("https://localhost.example/v1", "https://localhost.example/v1/completions", nameof(RemoteForm.Completions))]
    public void Another_machine_is_used_only_once_its_very_address_is_confirmed(string url, string endpoint, string form)
    {
        foreach (string? confirmed in new[] { null, "https://other.example", url + "/", url.ToUpperInvariant() })
        {
            var refusal = Assert.Throws<EngineException>(() => RemoteAddress.Of(new RemoteChoice(url) { Confirmed = confirmed }));
            Assert.Contains("engineConfirmed", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("another machine", refusal.Message, StringComparison.Ordinal);
        }

        var address = RemoteAddress.Of(new RemoteChoice(url) { Confirmed = url });
        Assert.Equal((endpoint, form, true), (address.Endpoint.AbsoluteUri, address.Form.ToString(), address.LeavesMachine));
    }

    [Theory]
    [InlineData("http://gpu.example:8000", "not encrypted")]
    [InlineData("http://192.168.1.7:8000", "not encrypted")]
    [InlineData("gpu:8000", "is no address of an engine")]
    [InlineData("ftp://127.0.0.1", "is no address of an engine")]
    [InlineData("/v1/completions", "is no address of an engine")]
    [InlineData("http://127.0.0.1/v1/chat/completions", "for conversations")]
    [InlineData("http://127.0.0.1/generate", "does not say how the engine is asked")]
    public void What_cannot_be_used_is_refused_with_what_to_do(string url, string message)
    {
        var refusal = Assert.Throws<EngineException>(() => RemoteAddress.Of(new RemoteChoice(url) { Confirmed = url }));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://me:sesame@127.0.0.1:8000")]
    [InlineData("http://127.0.0.1:8000/v1?key=sesame")]
    public void A_key_in_an_address_is_refused_and_not_repeated(string url)
    {
        var refusal = Assert.Throws<EngineException>(() => RemoteAddress.Of(new RemoteChoice(url)));
        Assert.Contains(RemoteKey.Variable, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1/infill", "<P>{prefix}<S>{suffix}<M>", "joins the texts itself")]
    [InlineData("http://127.0.0.1/v1", "<P>{prefix}<M>", "must hold {prefix} and {suffix}")]
    public void A_template_that_cannot_be_used(string url, string template, string message) => Assert.Contains(
        message, Assert.Throws<EngineException>(() => RemoteAddress.Of(new RemoteChoice(url) { Template = template })).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://127.0.0.1:8000", "ours", "theirs", "ours")]
    [InlineData("http://127.0.0.1:8000", null, "theirs", null)]
    [InlineData("https://api.inceptionlabs.ai", null, "theirs", "theirs")]
    [InlineData("https://api.inceptionlabs.ai", "ours", "theirs", "ours")]
    [InlineData("https://api.inceptionlabs.ai", " ", null, null)]
    public void The_key_comes_from_the_environment(string url, string? ours, string? theirs, string? shown)
    {
        var address = RemoteAddress.Of(new RemoteChoice(url) { Confirmed = url });
        var key = RemoteKey.For(address, name => name == RemoteKey.Variable ? ours : name == RemoteKey.InceptionVariable ? theirs : null);
        Assert.Equal(shown, key?.Parameter);
    }

    [Fact]
    public void What_cannot_be_a_key_is_refused_and_not_repeated()
    {
        var address = RemoteAddress.Of(new RemoteChoice("http://127.0.0.1"));
        var refusal = Assert.Throws<EngineException>(() => RemoteKey.For(address, _ => "ses\name"));
        Assert.DoesNotContain("ame", refusal.Message.Replace("name", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
