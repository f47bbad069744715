namespace EdgeGateway.Testing;

/// <summary>
/// A network of its own behind a pair of virtual cards, as a machine at the other end of a cable: <see cref="Part"/> pulls the cable, and
/// no packet, refusal or farewell comes through. Needs root and the right to make namespaces.
/// </summary>
public sealed class NetworkNamespace : IDisposable
{
    private static int _made;

    private readonly string _name;
    private readonly string _card;

    private NetworkNamespace(string name, string card, string inside) => (_name, _card, Inside) = (name, card, inside);

    /// <summary>The address of what listens inside.</summary>
    public string Inside { get; }

    /// <summary>Words before a command that shall run inside.</summary>
    public IReadOnlyList<string> Prefix => ["ip", "netns", "exec", _name];

    /// <summary>Makes one; null, with the reason, where that is not permitted.</summary>
    public static NetworkNamespace? TryMake(out string reason)
    {
        var number = (Environment.ProcessId % 64 * 256) + (Interlocked.Increment(ref _made) * 4 % 256);
        var (name, card, net) = ($"edge{Environment.ProcessId}-{_made}", $"eg{Environment.ProcessId % 100_000}x{_made}", $"10.{213 + (number / 65536)}.{number / 256 % 256}.");
        var last = number % 256;
        foreach (var step in (string[])
        [
            $"netns add {name}", $"link add {card} type veth peer name inside netns {name}", $"addr add {net}{last + 1}/30 dev {card}", $"link set {card} up",
            $"-n {name} addr add {net}{last + 2}/30 dev inside", $"-n {name} link set inside up", $"-n {name} link set lo up",
        ])
        {
            if (Ip(step) is not { } fault) continue;
            reason = $"No network of its own can be made here (needs root and network namespaces): ip {step}: {fault}";
            Ip($"netns del {name}");
            return null;
        }

        reason = "";
        return new NetworkNamespace(name, card, $"{net}{last + 2}");
    }

    /// <summary>Nothing comes through any more, in either direction, and nobody is told.</summary>
    public void Part() => Must($"-n {_name} link set inside down");

    /// <summary>Everything comes through again.</summary>
    public void Join() => Must($"-n {_name} link set inside up");

    public void Dispose()
    {
        Ip($"link del {_card}");
        Ip($"netns del {_name}");
    }

    private static void Must(string step)
    {
        if (Ip(step) is { } fault) throw new InvalidOperationException($"ip {step}: {fault}");
    }

    private static string? Ip(string arguments) => ServerProcess.FaultOf("ip", arguments.Split(' '));
}
