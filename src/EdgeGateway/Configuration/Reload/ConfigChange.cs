namespace EdgeGateway.Configuration;

/// <summary>What a changed file means for the running gateway.</summary>
public abstract record ConfigChange;

/// <summary>A camera is new.</summary>
public sealed record CameraAdded(CameraModel Camera) : ConfigChange;

/// <summary>A camera's configuration differs; the others are untouched.</summary>
public sealed record CameraChanged(CameraModel Old, CameraModel New) : ConfigChange;

/// <summary>A camera's file is gone.</summary>
public sealed record CameraRemoved(CameraModel Camera) : ConfigChange;

/// <summary>A file holds mistakes. What was running before goes on; an alert names the mistakes.</summary>
public sealed record Refused(string File, ValueList<Mistake> Mistakes) : ConfigChange;

/// <summary>A file that was refused is right again, or gone: its alert is cleared.</summary>
public sealed record Mended(string File) : ConfigChange;

/// <summary>gateway.yaml differs from what runs; it is taken up at the next start only.</summary>
public sealed record RestartNeeded(GatewayModel Gateway) : ConfigChange;

/// <summary>gateway.yaml is again what runs.</summary>
public sealed record RestartNotNeeded : ConfigChange;
