using System.Buffers;

namespace EdgeGateway.Sync.Events;

/// <summary>The topic tree below <c>edge/{gatewayId}</c>. Identifiers are [a-z0-9-], so no topic can hold a wildcard or a level too many.</summary>
public sealed class Topics
{
    internal static readonly SearchValues<char> IdCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private readonly string _root;

    /// <exception cref="ArgumentException">The identifier has other characters than a-z, 0-9 and '-'.</exception>
    public Topics(string gatewayId) => (GatewayId, _root) = (gatewayId, "edge/" + Checked(gatewayId));

    public string GatewayId { get; }

    /// <summary>Commands come under this, followed by their name.</summary>
    public string Commands => _root + "/commands/";

    /// <summary>Answers to commands may go under this.</summary>
    public string Replies => _root + "/replies/";

    /// <summary>Evidence of an event: index and parts stand below it.</summary>
    public string Evidence(string eventId) => $"{_root}/evidence/{eventId}";

    /// <summary>Retained, and last will.</summary>
    public string Status => _root + "/status";

    /// <summary>All that this gateway publishes.</summary>
    public string Everything => _root + "/#";

    /// <summary>Retained state of a camera.</summary>
    public string CameraState(string cameraId) => $"{_root}/cameras/{Checked(cameraId)}/state";

    /// <summary>Retained occupancy of a site, for sign boards.</summary>
    public string SiteOccupancy(string siteId) => $"{_root}/sites/{Checked(siteId)}/occupancy";

    public string CameraEvents(string cameraId, string type) => $"{_root}/cameras/{Checked(cameraId)}/events/{type}";

    public string SiteEvents(string siteId, string type) => $"{_root}/sites/{Checked(siteId)}/events/{type}";

    /// <summary>Returns the identifier itself when it may stand in a topic.</summary>
    /// <exception cref="ArgumentException">It is empty or has other characters than a-z, 0-9 and '-'.</exception>
    public static string Checked(string id)
    {
        if (id.Length == 0 || id.AsSpan().ContainsAnyExcept(IdCharacters))
            throw new ArgumentException($"'{id}' cannot stand in a topic: identifiers have only a-z, 0-9 and '-'.", nameof(id));
        return id;
    }
}
