using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace EdgeGateway.Testing;

/// <summary>
/// The fleet's broker as deploy/fleet describes it: three real nats-servers in a cluster, each with its certificate and the users of a list,
/// and haproxy before them. In network namespaces of their own where that is allowed, else on addresses of loopback.
/// </summary>
public sealed class NatsFleet : IAsyncDisposable
{
    private const int Nodes = 3;
    private const int NodePort = 8884;
    private const int FrontPort = 8883;
    private static int _made;

    private readonly string _folder = Directory.CreateTempSubdirectory("fleet-").FullName;
    private readonly string _tag = $"{Environment.ProcessId % 100_000:x}{Interlocked.Increment(ref _made)}";
    private readonly string _net;
    private readonly bool _ownNetworks;
    private readonly ServerProcess?[] _nodes = new ServerProcess?[Nodes];
    private readonly HttpClient _monitor = new() { Timeout = TimeSpan.FromSeconds(2) };
    private ServerProcess? _front;

    private NatsFleet(bool ownNetworks)
    {
        _ownNetworks = ownNetworks;
        var third = Random.Shared.Next(1, 255).ToString(CultureInfo.InvariantCulture);
        _net = ownNetworks ? $"10.213.{third}" : $"127.213.{third}";
        Host = $"{_net}.254";
    }

    /// <summary>What is not installed here, in words for a skipped test; null when all is.</summary>
    public static string? Missing { get; } =
        !File.Exists("/usr/sbin/nats-server") ? "nats-server is not installed: apt-get install nats-server."
        : !File.Exists("/usr/sbin/haproxy") ? "haproxy is not installed: apt-get install haproxy."
        : !File.Exists("/usr/bin/openssl") ? "openssl is not installed: apt-get install openssl." : null;

    /// <summary>The address that gateways connect to.</summary>
    public string Host { get; }

    public int Port => FrontPort;

    /// <summary>The authority to trust.</summary>
    public string CaFile => Path.Combine(_folder, "pki", "ca.pem");

    /// <summary>True where a node can be cut off by the network; else it can only be frozen.</summary>
    public bool CanIsolate => _ownNetworks;

    public string PasswordOf(string user) => File.ReadAllText(Path.Combine(_folder, "secrets", user));

    /// <summary>A node's own address for MQTT, past haproxy.</summary>
    public (string Host, int Port) Node(int index) => (AddressOf(index), NodePort);

    public string LogOf(int index) => _nodes[index]?.Log ?? "";

    /// <summary>What haproxy said, its verdicts about nodes among it.</summary>
    public string FrontLog => _front?.Log ?? "";

    /// <summary>Starts it with users of a list's lines, e.g. <c>gateway cong-binh-minh</c>. All nodes are well when this returns.</summary>
    /// <param name="users">Lines of gateways.list.</param>
    /// <param name="ownNetworks">Network namespaces, where this process may make them.</param>
    public static async Task<NatsFleet> StartAsync(IEnumerable<string> users, bool ownNetworks = false)
    {
        var fleet = new NatsFleet(ownNetworks && Environment.UserName == "root" && MayMakeNetworks());
        try
        {
            fleet.Prepare(users);
            for (var i = 0; i < Nodes; i++) fleet.StartNode(i);
            await Wait.Until("all nodes are well", fleet.AllWellAsync, TimeSpan.FromSeconds(90));
            Run(Path.Combine(Repository.PathOf("deploy", "fleet"), "stream.sh"), fleet._folder, $"{fleet.AddressOf(0)}:4222"); // before the first client, as the recipe says
            fleet.StartFront();
            await Wait.Until("haproxy answers", () => Listens(fleet.Host, FrontPort), TimeSpan.FromSeconds(60));
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9 of a node.</summary>
    public Task KillAsync(int index) => _nodes[index]?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Starts a killed node on its old disk.</summary>
    public void StartNode(int index) => (_nodes[index] ??= NodeOf(index)).Start();

    /// <summary>Cuts a node off from the other nodes and from everybody, both ways; where no namespaces are allowed it is frozen instead.</summary>
    public void Isolate(int index) => Part(index, up: false);

    /// <summary>Takes back what <see cref="Isolate"/> did.</summary>
    public void Heal(int index) => Part(index, up: true);

    /// <summary>The node that leads the stream on which every QoS 1 event lies, or -1 while there is none.</summary>
    public async Task<int> LeaderAsync() => IndexOf((await StreamAsync())?.Leader);

    /// <summary>The node that hands the stream's events to a centre, as the leader of its consumer; -1 while there is none. Of several centres the first.</summary>
    public async Task<int> SenderAsync()
    {
        for (var i = 0; i < Nodes; i++)
        {
            if ((await EventStreamsAsync(i, "consumers")).SelectMany(stream => Each(stream, "consumer_detail")).Select(LeaderOf).FirstOrDefault(name => name is not null) is { } leader) return IndexOf(leader);
        }

        return -1;
    }

    /// <summary>That stream, as the first node that knows a leader tells; null while none does.</summary>
    public async Task<(string Leader, string Retention, long Messages)?> StreamAsync()
    {
        for (var i = 0; i < Nodes; i++)
        {
            foreach (var stream in await EventStreamsAsync(i, "config"))
            {
                if (LeaderOf(stream) is { } name) return (name, stream.GetProperty("config").GetProperty("retention").GetString()!, stream.GetProperty("state").GetProperty("messages").GetInt64());
            }
        }

        return null;
    }

    /// <summary>True when each node says that it is well and up to date with the others, in everything that it holds.</summary>
    public async Task<bool> AllWellAsync() => (await ComplaintsAsync()).Count == 0;

    /// <summary>What nodes that do not call themselves well say, or that they do not answer.</summary>
    public async Task<IReadOnlyList<string>> ComplaintsAsync()
    {
        var complaints = new List<string>();
        for (var i = 0; i < Nodes; i++)
        {
            try
            {
                using var answer = await _monitor.GetAsync(new Uri($"http://{AddressOf(i)}:8222/healthz"));
                if (!answer.IsSuccessStatusCode) complaints.Add($"{NameOf(i)}: {(await answer.Content.ReadAsStringAsync()).Trim()}");
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
            {
                complaints.Add($"{NameOf(i)} does not answer");
            }
        }

        return complaints;
    }

    /// <summary>
    /// True when each node follows the cluster's leader and the stream of events lies whole on all three: the next fault costs nothing then. A node's own page of health
    /// asks for more, that each consumer of retained messages be current, over which nodes of 2.9.10 were seen to disagree for minutes.
    /// </summary>
    public async Task<bool> EventsAreWholeAsync()
    {
        for (var i = 0; i < Nodes; i++)
        {
            if (await AskAsync(i, "healthz?js-server-only=true") is null) return false;
        }

        return await LeaderAsync() is >= 0 and var leader && (await EventStreamsAsync(leader, "config")).Sum(FollowersOf) == Nodes - 1;
    }

    /// <summary>The stream of events as a node tells of it, with its configuration or its consumers; nothing while the node does not answer.</summary>
    private async Task<IReadOnlyList<JsonElement>> EventStreamsAsync(int index, string with)
    {
        if (await AskAsync(index, $"jsz?accounts=1&streams=1&{with}=1") is not { } text) return [];
        using var json = JsonDocument.Parse(text);
        return [.. Each(json.RootElement, "account_details").SelectMany(account => Each(account, "stream_detail")).Where(stream => stream.GetProperty("name").ValueEquals("$MQTT_msgs")).Select(stream => stream.Clone())];
    }

    private static IEnumerable<JsonElement> Each(JsonElement of, string list) => of.TryGetProperty(list, out var found) ? [.. found.EnumerateArray()] : [];

    private static string? LeaderOf(JsonElement of) => of.TryGetProperty("cluster", out var cluster) && cluster.TryGetProperty("leader", out var leader) && leader.GetString() is { Length: > 1 } name ? name : null;

    private static int FollowersOf(JsonElement stream) => !stream.TryGetProperty("cluster", out var cluster) ? 0
        : Each(cluster, "replicas").Count(replica => replica.GetProperty("current").GetBoolean() && !(replica.TryGetProperty("offline", out var offline) && offline.GetBoolean()));

    private static int IndexOf(string? name) => name is null ? -1 : int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture) - 1;

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < Nodes; i++)
        {
            if (!_ownNetworks) _nodes[i]?.Signal("CONT"); // it may be frozen
            await KillAsync(i);
        }

        if (_front is not null) await _front.DisposeAsync();
        if (_ownNetworks)
        {
            for (var i = 0; i < Nodes; i++) ServerProcess.FaultOf("ip", "netns", "del", SpaceOf(i));
            ServerProcess.FaultOf("ip", "link", "del", BridgeName);
        }

        _monitor.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string BridgeName => $"fb{_tag}";

    private string SpaceOf(int index) => $"fleet-{_tag}-{NameOf(index)}";

    private string CableOf(int index) => $"fv{_tag}{index}";

    private string AddressOf(int index) => $"{_net}.{index + 1}";

    private static string NameOf(int index) => $"n{index + 1}";

    private void Prepare(IEnumerable<string> users)
    {
        var recipe = Repository.PathOf("deploy", "fleet");
        var list = Path.Combine(_folder, "gateways.list");
        File.WriteAllLines(list, users);
        Run(Path.Combine(recipe, "accounts.sh"), list, _folder);
        Run(Path.Combine(recipe, "certificates.sh"), [Path.Combine(_folder, "pki"), .. Enumerable.Range(0, Nodes).Select(i => $"{NameOf(i)}={AddressOf(i)},{Host}")]);
        for (var i = 0; i < Nodes; i++)
        {
            var home = Path.Combine(_folder, "pki", NameOf(i));
            File.Copy(Path.Combine(recipe, "nats.conf"), Path.Combine(home, "nats.conf"));
            File.Copy(Path.Combine(_folder, "users.conf"), Path.Combine(home, "users.conf"));
        }

        if (!_ownNetworks) return;
        Run("ip", "link", "add", BridgeName, "type", "bridge");
        Run("ip", "addr", "add", $"{Host}/24", "dev", BridgeName);
        Run("ip", "link", "set", BridgeName, "up");
        for (var i = 0; i < Nodes; i++)
        {
            Run("ip", "netns", "add", SpaceOf(i));
            Run("ip", "link", "add", CableOf(i), "type", "veth", "peer", "name", "eth0", "netns", SpaceOf(i));
            Run("ip", "link", "set", CableOf(i), "master", BridgeName, "up");
            Run("ip", "-n", SpaceOf(i), "addr", "add", $"{AddressOf(i)}/24", "dev", "eth0");
            Run("ip", "-n", SpaceOf(i), "link", "set", "eth0", "up");
            Run("ip", "-n", SpaceOf(i), "link", "set", "lo", "up");
        }
    }

    private ServerProcess NodeOf(int index)
    {
        var home = Path.Combine(_folder, "pki", NameOf(index));
        var routes = string.Join(", ", Enumerable.Range(0, Nodes).Select(i => $"nats-route://{AddressOf(i)}:6222"));
        return new ServerProcess([.. _ownNetworks ? ["ip", "netns", "exec", SpaceOf(index)] : Array.Empty<string>(), "/usr/sbin/nats-server", "-c", "nats.conf"], home, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["NODE"] = NameOf(index), ["CLIENT_LISTEN"] = $"{AddressOf(index)}:4222", ["ROUTE_LISTEN"] = $"{AddressOf(index)}:6222", ["ROUTES"] = $"[{routes}]",
            ["MQTT_LISTEN"] = $"{AddressOf(index)}:{NodePort}", ["MONITOR_LISTEN"] = $"{AddressOf(index)}:8222", ["STORE"] = Path.Combine(home, "store"), ["STORE_MAX"] = "4GB",
            ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin",
        });
    }

    private void StartFront()
    {
        var environment = Enumerable.Range(0, Nodes).ToDictionary(i => $"N{i + 1}", AddressOf, StringComparer.Ordinal);
        environment["FRONT_LISTEN"] = $"{Host}:{FrontPort}";
        _front = new ServerProcess(["/usr/sbin/haproxy", "-db", "-f", Repository.PathOf("deploy", "fleet", "haproxy.cfg")], environment: environment);
        _front.Start();
    }

    private void Part(int index, bool up)
    {
        if (_ownNetworks) Run("ip", "link", "set", CableOf(index), up ? "up" : "down");
        else _nodes[index]?.Signal(up ? "CONT" : "STOP");
    }

    private async Task<string?> AskAsync(int index, string page)
    {
        try
        {
            using var answer = await _monitor.GetAsync(new Uri($"http://{AddressOf(index)}:8222/{page}"));
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : null;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return null;
        }
    }

    private static bool MayMakeNetworks()
    {
        var name = $"fleet-may-{Environment.ProcessId}";
        return ServerProcess.FaultOf("ip", "netns", "add", name) is null && ServerProcess.FaultOf("ip", "netns", "del", name) is null;
    }

    private static bool Listens(string host, int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Parse(host), port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Run(string program, params IReadOnlyList<string> arguments) => ServerProcess.Run(program, arguments);
}
