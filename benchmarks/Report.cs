using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using EdgeGateway.Benchmarks.Pipeline;

namespace EdgeGateway.Benchmarks;

/// <summary>One section of the report: its heading and the text it measures.</summary>
internal sealed record Section(string Name, string Title, Func<string> Measure);

/// <summary>Writes benchmarks/RESULTS.md. Each section keeps its place; a section that is not asked for keeps its last text.</summary>
internal static class Report
{
    private static readonly Section[] Sections =
    [
        new("frame-cost", "CPU per analysed frame", FrameCost.Measure),
        new("usual-way", "Beside the usual C# way", UsualWayComparison.Measure),
        new("letterbox", "Letterbox beside OpenCV", LetterboxSection.Measure),
        new("allocation", "Allocation", AllocationSection.Measure),
        new("stages", "Stages one by one", StagesSection.Measure),
        new("cameras", "Eight cameras on two cores", CamerasSection.Measure),
        new("growth", "From one camera to full cores", CamerasSection.Growth),
        new("counts", "Counts on real clips", CountsSection.Measure),
        new("scripted", "Turn-backs and lingerers, scripted", Counts.ScriptedWays.Measure),
        new("count-kills", "Counting killed a hundred times", Counts.CountKills.Measure),
        new("visitor-report", "A visitor report over two years", Reports.TwoYearReport.Measure),
        new("crowds", "Crowds: error against density", Crowds.CrowdsSection.Measure),
        new("tracking", "Tracking", TrackingSection.Measure),
        new("delivery", "Outbox and delivery", DeliverySection.Measure),
        new("fleet", "A fleet at a cluster that loses a node", Fleet.FleetSection.Measure),
        new("models", "Models", ModelsSection.Measure),
        new("plates", "Plates", PlatesSection.Measure),
        new("vote", "Plates on video: what the vote adds", VoteSection.Measure),
        new("rules", "Rules", Rules.RulesSection.Measure),
        new("tamper", "A camera that was covered, moved or blurred", Tamper.TamperSection.Measure),
        new("qr", "QR codes of identity cards", Qr.QrSection.Measure),
        new("gates", "Decisions at a gate", Gates.GateSection.Measure),
        new("evidence-delay", "From an act to its evidence on the disk", Evidence.EvidenceDelay.Measure),
        new("registration", "Vehicle registration: replica and watch lists", Registration.RegistrationSection.Replica),
        new("registration-owners", "Vehicle registration: replica with sealed owners", Registration.RegistrationSection.ReplicaWithOwners),
        new("registration-reads", "Vehicle registration: real plates and wrong owners", Registration.RealReads.Measure),
        new("registration-service", "Vehicle registration: a service that fails", Registration.RegistrationSection.Service),
    ];

    public static IEnumerable<string> Names => Sections.Select(section => section.Name);

    /// <summary>Measures the named sections, or all.</summary>
    public static int Write(IReadOnlyList<string> names)
    {
        foreach (var unknown in names.Except(Names, StringComparer.Ordinal))
        {
            Console.Error.WriteLine($"no section '{unknown}'; there are {string.Join(", ", Names)}");
            return 2;
        }

        var path = Path.Combine(Checkout.Root, "benchmarks", "RESULTS.md");
        var old = File.Exists(path) ? Parse(File.ReadAllText(path)) : [];
        var failed = 0;
        foreach (var section in Sections.Where(section => names.Count == 0 || names.Contains(section.Name, StringComparer.Ordinal)))
        {
            Console.Error.WriteLine($"measuring {section.Name} …");
            try
            {
                old[section.Name] = section.Measure().Trim() + $"\n\n_Measured {DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC._";
            }
            catch (Exception fault)
            {
                failed++;
                Console.Error.WriteLine($"{section.Name} failed: {fault}");
            }

            File.WriteAllText(path, Compose(old));
        }

        return failed == 0 ? 0 : 1;
    }

    private static string Compose(Dictionary<string, string> texts)
    {
        var text = new StringBuilder();
        text.AppendLine("# Results").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Written by `dotnet run -c Release --project benchmarks -- report`. Machine: {Machine()}. Ratios are of one run on one machine; seconds travel badly.").AppendLine();
        foreach (var section in Sections)
        {
            if (!texts.TryGetValue(section.Name, out var body)) continue;
            text.AppendLine(CultureInfo.InvariantCulture, $"## {section.Title} <!-- {section.Name} -->").AppendLine().AppendLine(body).AppendLine();
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static Dictionary<string, string> Parse(string text)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in text.Split("\n## ").Skip(1))
        {
            var mark = part.IndexOf("<!-- ", StringComparison.Ordinal);
            var end = part.IndexOf(" -->", StringComparison.Ordinal);
            if (mark < 0 || end < mark) continue;
            found[part[(mark + 5)..end]] = part[(end + 4)..].Trim();
        }

        return found;
    }

    private static string Machine()
    {
        var model = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "?";
        return $"{Environment.ProcessorCount} cores of {model}, {RuntimeInformation.OSDescription}, .NET {Environment.Version}";
    }
}
