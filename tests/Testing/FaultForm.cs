using System.Globalization;

namespace EdgeGateway.Testing;

/// <summary>How much of a fault is shown: the short form in every run of the tests, the long form by <c>tests/Faults/run.sh ROW --long</c>.</summary>
public static class FaultForm
{
    public const string Variable = "EDGEGATEWAY_TEST_LONG";

    public static bool IsLong { get; } = Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Set by <c>tests/Faults/run.sh</c>.</summary>
    private static bool IsProof { get; } = Environment.GetEnvironmentVariable("EDGEGATEWAY_TEST_PROOF") == "1";

    /// <summary>
    /// A figure that hangs on the machine, against the bound that the table states. In a proof (<c>tests/Faults/run.sh</c>) it must hold; among
    /// other tests on a busy machine it is printed only.
    /// </summary>
    /// <exception cref="InvalidOperationException">This is a proof, and it does not hold.</exception>
    public static void MustHold(bool holds, string what)
    {
        if (IsProof && !holds) throw new InvalidOperationException($"Not shown: {what}");
    }

    /// <summary>A number of each form; <paramref name="variable"/> of the environment, where it is set, takes precedence over both.</summary>
    public static int Size(int inShort, int inLong, string? variable = null) =>
        variable is not null && int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : IsLong ? inLong : inShort;
}
