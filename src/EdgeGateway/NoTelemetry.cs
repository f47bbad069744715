using System.Runtime.InteropServices;

namespace EdgeGateway;

/// <summary>
/// ONNX Runtime tells its maker's collector (mobile.events.data.microsoft.com) of each start and each model, unless its environment forbids it. A box
/// talks to whom its configuration names and to nobody else.
/// </summary>
internal static partial class NoTelemetry
{
    /// <summary>Before the first model is opened. The environment that native code sees: .NET's own is a copy.</summary>
    public static void Ask() => _ = SetEnvironment("ORT_DISABLE_TELEMETRY", "1", 1);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
