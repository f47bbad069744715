namespace EdgeGateway.Bench;

/// <summary>One camera of a measurement: its file and how it is looked at.</summary>
/// <param name="File">A video file; it is paced like a camera and repeated.</param>
internal sealed record BenchCamera(string File)
{
    public double AnalyseFps { get; init; } = 5;

    public bool MotionGate { get; init; } = true;

    public bool Plates { get; init; }

    /// <summary>Lines, counters and crossings; without them a run has no events.</summary>
    public bool Events { get; init; } = true;
}

/// <summary>What is measured.</summary>
/// <param name="Cameras">The cameras, at least one.</param>
/// <param name="Length">How long, after the warm-up.</param>
internal sealed record BenchOptions(IReadOnlyList<BenchCamera> Cameras, TimeSpan Length)
{
    /// <summary>Not measured: compiling, opening streams, filling pools.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(8);

    public string? ModelsFolder { get; init; }

    public string? Detector { get; init; }

    public int InferenceThreads { get; init; } = 1;

    /// <summary>A broker of its own process; null for the embedded one, whose work and memory then count as the gateway's.</summary>
    public Sync.Mqtt.BrokerAddress? Broker { get; init; }
}
