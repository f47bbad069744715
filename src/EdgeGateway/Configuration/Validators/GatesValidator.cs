using EdgeGateway.Configuration.Binding;

namespace EdgeGateway.Configuration.Validators;

/// <summary>Checks what stands below <c>gates:</c> and <c>identity:</c>.</summary>
internal sealed class GatesValidator(SourceMap map, MistakeList mistakes)
{
    public void Check(GatewayConfig gateway)
    {
        foreach (var (id, gate) in gateway.Gates) CheckGate(id, gate, gateway.Gates);
        if (gateway.Identity?.Verifier is { Url: { Scheme: "http" } url } verifier && !GatewayValidator.IsLoopback(url.Host))
            mistakes.Add(map.Of(verifier, "url"), "http:// would send people's codes in clear and is taken to this machine only; write https://");
    }

    private void CheckGate(string id, GateConfig gate, ValueMap<GateConfig> all)
    {
        if (gate.ExitOf is { } entry)
        {
            if (entry == id) mistakes.Add(map.Of(gate, "exitOf"), $"the gate '{id}' cannot be its own exit");
            else if (!all.Keys.Contains(entry, StringComparer.Ordinal)) mistakes.Add(map.Of(gate, "exitOf"), $"unknown gate '{entry}' in 'exitOf'; {NearestWord.Hint(entry, [.. all.Keys])}");
        }

        if (map.IsBroken(gate)) return;
        if (gate is { Http: not null, Gpio: not null }) mistakes.Add(map.Of(gate, "gpio"), $"the gate '{id}' has http and gpio; one relay moves one gate");
        if (gate is { Http: null, Gpio: null }) mistakes.Warn(map.Of(gate), $"the gate '{id}' has neither http nor gpio: decisions are published and nothing opens");
        if (gate.Http is not { } http || map.IsBroken(http)) return;
        if (gate.WhenFailed == FailedGate.Open && (http.Hold is null || http.Release is null)) mistakes.Add(map.Of(http), $"the gate '{id}' stays open when something fails, so its relay needs 'hold' and 'release'");
        if ((http.Username is null) != (http.Password is null)) mistakes.Add(map.Of(http), "'username' and 'password' belong together");
    }
}
