using EdgeGateway.Commands;
using EdgeGateway.Configuration;

namespace EdgeGateway.Doctor;

/// <summary>What the checks look at.</summary>
/// <param name="Folder">The configuration folder.</param>
/// <param name="Config">What stands in it.</param>
/// <param name="ProbeCameras">False where cameras are left alone.</param>
internal sealed record Patient(string Folder, ConfigResult Config, bool ProbeCameras)
{
    /// <summary>Where the gateway keeps its files; null when gateway.yaml cannot be read.</summary>
    public string? Storage => Config.Gateway?.Storage.Folder;
}

/// <summary>One subject that is looked at. It only reads; what it writes to try a disk it takes away again.</summary>
internal delegate IAsyncEnumerable<Finding> Check(Patient patient, CancellationToken stop);

/// <summary>All checks of a box, in the order in which a person would look.</summary>
internal static class Checkup
{
    private static readonly TimeSpan LongestCheck = TimeSpan.FromMinutes(2);

    private static readonly (string Name, Check Look)[] Checks =
    [
        ("configuration", ConfigurationCheck.Look),
        ("models", ModelsCheck.Look),
        ("ffmpeg", FfmpegCheck.Look),
        ("disk", DiskCheck.Look),
        ("ownership", OwnershipCheck.Look),
        ("clock", ClockCheck.Look),
        ("outbox", OutboxCheck.Look),
        ("service", ServiceCheck.Look),
        ("broker", BrokerCheck.Look),
        ("timeseries", SeriesCheck.Look),
        ("camera", CamerasCheck.Look),
    ];

    /// <summary>Reads the folder; a secret that is not in reach is a finding and not the end.</summary>
    public static Patient Of(string folder, bool probeCameras) => new(folder, LoadedConfig.FolderOf(folder).Load(requireSecrets: false), probeCameras);

    /// <summary>Looks at everything. A check that fails itself is a finding.</summary>
    public static async IAsyncEnumerable<Finding> LookAsync(Patient patient, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var (name, look) in Checks)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(LongestCheck);
            await using var findings = look(patient, limit.Token).GetAsyncEnumerator(limit.Token);
            while (true)
            {
                Finding? finding;
                var failed = false;
                try
                {
                    finding = await findings.MoveNextAsync() ? findings.Current : null;
                }
                catch (Exception fault) when (fault is not OutOfMemoryException && !stop.IsCancellationRequested)
                {
                    finding = Finding.Unknown(name, "Không kiểm tra được.", "This could not be looked at.") with { Detail = fault.Message };
                    if (fault is OperationCanceledException) finding = Finding.Unknown(name, "Kiểm tra quá lâu nên bị dừng.", "This took too long and was ended.");
                    failed = true;
                }

                if (finding is null) break;
                yield return Masked(finding);
                if (failed) break;
            }
        }
    }

    private static Finding Masked(Finding finding)
    {
        var mask = SecretMask.Process;
        Sync.Events.TwoLanguages Of(Sync.Events.TwoLanguages words) => new(mask.Apply(words.Vi), mask.Apply(words.En));
        return finding with { Text = Of(finding.Text), Advice = finding.Advice is { } advice ? Of(advice) : null, Detail = finding.Detail is { } detail ? mask.Apply(detail) : null };
    }
}
