using System.Globalization;

namespace EdgeGateway.Testing;

/// <summary>What a process holds of the machine at one moment.</summary>
/// <param name="ResidentKb">Memory, its own and what it shares.</param>
/// <param name="Handles">Files, pipes and sockets.</param>
/// <param name="Children">Processes below it.</param>
public sealed record Footprint(long ResidentKb, int Handles, int Children)
{
    /// <summary>Handles that come and go with what just happens: a connection, a look at a file.</summary>
    private const int HandlesInUse = 10;

    /// <summary>What a collector may leave lying between two looks.</summary>
    private const long UncollectedKb = 48 * 1024;

    public static Footprint Of(int process) => new(ChildOfTest.ResidentKilobytes(process), Processes.OpenHandles(process), Processes.Below(process).Count);

    /// <exception cref="InvalidOperationException">The later one holds more.</exception>
    public void AssertFlat(Footprint later)
    {
        if (later.Handles > Handles + HandlesInUse || later.Children > Children || later.ResidentKb > ResidentKb + UncollectedKb) throw new InvalidOperationException($"It grows: first {this}, later {later}.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{ResidentKb / 1024.0:0.0} MB, {Handles} handles, {Children} children");
}
