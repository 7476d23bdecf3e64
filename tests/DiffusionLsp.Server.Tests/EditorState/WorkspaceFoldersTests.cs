using System.Text.Json;
using DiffusionLsp.Server.EditorState;
using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server.Tests.EditorState;

public sealed class WorkspaceFoldersTests
{
    [Theory]
    [InlineData("""{"capabilities":{}}""", "")]
    [InlineData("""{"capabilities":{},"rootUri":"file:///w/project/"}""", "project")]
    [InlineData("""{"capabilities":{},"rootUri":"file:///w","workspaceFolders":[{"uri":"file:///a","name":"a"},{"uri":"file:///b","name":"b"}]}""", "a b")]
    [InlineData("""{"capabilities":{},"rootUri":"file:///w","workspaceFolders":[]}""", "")]
    [InlineData("""{"capabilities":{},"rootUri":"file:///w","workspaceFolders":null}""", "w")]
    public void The_folders_at_the_start_are_the_clients(string client, string names) =>
        Assert.Equal(names, Names(WorkspaceFolders.Of(
            JsonSerializer.Deserialize(client, LspJson.Default.InitializeParams)!)));

    [Fact]
    public void Folders_come_and_go()
    {
        WorkspaceFolders folders = new([Folder("file:///a"), Folder("file:///c%3A/b")]);
        folders = folders.After(new WorkspaceFoldersChangeEvent
        {
            Added = [Folder("file:///d"), Folder("file:///a")],
            Removed = [Folder("file:///c:/b"), Folder("file:///unheard/of")],
        });
        Assert.Equal("d a", Names(folders));
    }

    private static WorkspaceFolder Folder(string uri) => new() { Uri = uri, Name = uri.Split('/')[^1] };

    private static string Names(WorkspaceFolders folders) =>
        string.Join(' ', folders.Folders.Select(folder => folder.Name));
}
