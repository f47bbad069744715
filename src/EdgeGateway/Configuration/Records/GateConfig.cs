namespace EdgeGateway.Configuration;

/// <summary>One barrier, door or turnstile: what moves it, and what it does when something fails.</summary>
public sealed record GateConfig
{
    [About("A relay that is switched by web requests; or give gpio.")]
    public HttpRelayConfig? Http { get; init; }

    [About("A relay on a pin of this machine; or give http.")]
    public GpioRelayConfig? Gpio { get; init; }

    [About("closed: stays closed while its camera, service or this program has failed, and an operator opens; open: stays open.")]
    public FailedGate WhenFailed { get; init; } = FailedGate.Closed;

    [BetweenTimes("2s", "5m"), About("An opening that nobody used for so long is over.")]
    public TimeSpan PassTime { get; init; } = TimeSpan.FromSeconds(20);

    [BetweenTimes("0s", "7d"), About("A plate or card that came in is not let in again for so long unless it was seen leaving; 0s: off.")]
    public TimeSpan AntiPassback { get; init; } = TimeSpan.Zero;

    [Id, About("The gate of the way in, where this is the way out: who leaves here may come in there again.")]
    public string? ExitOf { get; init; }
}

/// <summary>What a gate does while something that it needs has failed.</summary>
public enum FailedGate
{
    Closed,
    Open,
}

/// <summary>A relay behind HTTP.</summary>
public sealed record HttpRelayConfig
{
    [Schemes("http", "https"), About("Asked to open once; the relay must fall back by itself (a timer of its own).")]
    public required SourceUrl Open { get; init; }

    [Schemes("http", "https"), About("Asked to stay open; needed with whenFailed: open.")]
    public SourceUrl? Hold { get; init; }

    [Schemes("http", "https"), About("Asked to let go again; needed with whenFailed: open.")]
    public SourceUrl? Release { get; init; }

    [Words("GET", "POST"), About("How it is asked.")]
    public string Method { get; init; } = "GET";

    [TakesReference, About("User at the relay.")]
    public string? Username { get; init; }

    [About("Password at the relay: ${credential:name}, ${file:/path} or ${NAME}.")]
    public Secret? Password { get; init; }

    [BetweenTimes("200ms", "5s"), About("Longest wait for an answer.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>A relay on a pin.</summary>
public sealed record GpioRelayConfig
{
    [Between(0, 63), About("Number of the chip: 0 for /dev/gpiochip0.")]
    public int Chip { get; init; }

    [Between(0, 1023), About("Number of the line on the chip, as gpioinfo shows it.")]
    public required int Line { get; init; }

    [About("The relay pulls when the line is low.")]
    public bool ActiveLow { get; init; }

    [BetweenTimes("50ms", "5s"), About("How long the relay is pulled for one opening.")]
    public TimeSpan Pulse { get; init; } = TimeSpan.FromMilliseconds(500);
}

/// <summary>What becomes of checked identities.</summary>
public sealed record IdentityConfig
{
    [BetweenTimes("1h", "31d"), About("How long one key of the hashes holds; then it is thrown away and nobody can tell whose hash that was.")]
    public TimeSpan KeyPeriod { get; init; } = TimeSpan.FromDays(1);

    [About("Also tell the three digits of the place of birth registration.")]
    public bool Province { get; init; }

    [About("The service that verifies VNeID's short-lived codes; without it an operator is asked.")]
    public VerifierConfig? Verifier { get; init; }
}

/// <summary>A verification service.</summary>
public sealed record VerifierConfig
{
    [Schemes("https", "http"), About("Address of the service; http:// to this machine only.")]
    public required SourceUrl Url { get; init; }

    [About("Its key for us, sent as header ApiKey: ${credential:name}, ${file:/path} or ${NAME}.")]
    public Secret? ApiKey { get; init; }

    [NamesFile, About("PEM file with the authority that signed the service's certificate, when the system does not know it.")]
    public string? CaFile { get; init; }

    [BetweenTimes("500ms", "30s"), About("Longest wait for an answer.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
