using DiffusionLsp.Server.Protocol;

namespace DiffusionLsp.Server;

/// <summary>
/// Tells the user what is wrong with their settings: each thing once, for as long as it is so. Sends nothing before the
/// client is initialized. It judges no setting.
/// </summary>
internal sealed class SettingFaults
{
    private readonly LspConnection _connection;
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _faults = [];
    private bool _isOpen;

    /// <summary>Makes it.</summary>
    public SettingFaults(LspConnection connection) => _connection = connection;

    /// <summary>The client is ready for notifications.</summary>
    public void Open()
    {
        _isOpen = true;
        Tell();
    }

    /// <summary>This is wrong with the settings now, a line each.</summary>
    public void Report(IEnumerable<string> faults)
    {
        _faults = [.. faults];
        _told.IntersectWith(_faults);
        Tell();
    }

    private void Tell()
    {
        foreach (string fault in _isOpen ? _faults.Where(_told.Add) : [])
        {
            _ = _connection.SendAsync(
                OutgoingMessages.LogMessage, new LogMessageParams { Type = MessageType.Warning, Message = fault });
            _ = _connection.SendAsync(
                OutgoingMessages.ShowMessage, new ShowMessageParams { Type = MessageType.Warning, Message = fault });
        }
    }
}
