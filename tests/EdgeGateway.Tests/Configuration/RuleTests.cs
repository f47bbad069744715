using EdgeGateway.Cameras;
using EdgeGateway.Configuration;
using EdgeGateway.Vision;
using EdgeGateway.Vision.Analytics.Rules;
using EdgeGateway.Vision.Analytics.Signals;

namespace EdgeGateway.Tests.Configuration;

/// <summary>Rules in a camera's file: what is refused, and what becomes of the rest.</summary>
public sealed class RuleTests
{
    private const string Scene = """
        lines:
          vach: { points: [[0.1, 0.6], [0.9, 0.6]], units: fraction }
          ra: { points: [[0.1, 0.3], [0.9, 0.3]], units: fraction }
        zones:
          lan: { points: [[0.5, 0.5], [0.9, 0.5], [1, 1], [0.5, 1]], units: fraction }
        signals:
          den: { source: picture, region: { points: [[570, 145], [540, 240]], units: px, frame: [960, 540] } }
          tu-dieu-khien: { source: mqtt, topic: den/1 }

        """;

    private const string EveryRule = """
        rules:
          - { id: a, rule: red_light, line: vach, direction: out, signal: den, grace: 1s }
          - { id: b, rule: stop_line, line: vach, direction: out, signal: tu-dieu-khien }
          - { id: c, rule: wrong_way, zone: lan, allowed: [0, -1], minTravel: 3.5 }
          - { id: d, rule: forbidden_zone, zone: lan, classes: [truck], hours: "06:00-08:30, 16:00-18:30", days: [monday, friday], exceptDates: [2026-09-02] }
          - { id: e, rule: sidewalk, zone: lan }
          - { id: f, rule: no_parking, zone: lan, after: 60s, signal: den }
          - { id: g, rule: no_stopping, zone: lan, after: 60s, queueAware: false }
          - { id: h, rule: lane, zones: { lan: [car, bus, truck] }, solidLines: [vach] }
          - { id: i, rule: no_u_turn, entryLine: vach, exitLine: ra, entryDirection: out }
          - { id: j, rule: no_turn, entryLine: vach, exitLine: ra }
          - { id: k, rule: speeding, plane: { points: [[0.3, 0.4], [0.7, 0.4], [0.9, 0.9], [0.1, 0.9]], units: fraction }, metres: [[0, 40], [8, 40], [8, 0], [0, 0]], limitKmh: 50, baseLength: 12 }
          - { id: l, rule: no_helmet, model: riders }
          - { id: m, rule: over_persons, model: riders }
          - { id: n, rule: crowding, zone: lan, count: 30, after: 20s }
          - { id: o, rule: loitering, zone: lan, after: 5m }
          - { id: p, rule: id_check, scanner: camera }
        """;

    [Theory]
    [InlineData("lines: { vach: { points: [[0.1, 0.6], [0.9, 1.6]], units: fraction } }\nsignals: { den: { source: mqtt, topic: t } }\nrules: [{ id: r, rule: red_light, line: vach, direction: out, signal: den }]", "the point [0.9, 1.6] of 'vach' lies outside 0 to 1; for pixels write units: px and the frame")]
    [InlineData("lines: { vach: { points: [[20, 335], [700, 335]], units: px, frame: [640, 480] } }\nrules: [{ id: r, rule: lane, solidLines: [vach] }]", "the point [700, 335] of 'vach' lies outside the picture of 640x480 px")]
    [InlineData("rules: [{ id: r, rule: speeding, plane: { points: [[0.3, 0.4], [0.7, 0.4], [0.9, 1.9], [0.1, 0.9]], units: fraction }, metres: [[0, 40], [8, 40], [8, 0], [0, 0]], limitKmh: 50 }]", "the point [0.9, 1.9] of 'r' lies outside 0 to 1; for pixels write units: px and the frame")]
    [InlineData("rules: [{ id: r, rule: speeding, plane: { points: [[0.3, 0.4], [0.7, 0.4], [0.9, 0.9], [0.1, 0.9]], units: fraction }, metres: [[0, 40], [0, 20], [0, 0], [8, 0]], limitKmh: 50 }]", "three of the four points of 'r' lie on one line, so they give no plane; measure four corners of a rectangle on the road")]
    [InlineData("zones: { z: { points: [[0, 0], [1, 0], [1, 1]], units: fraction } }\nrules: [{ id: r, rule: no_parking, zone: z, after: 60s, signal: den }]", "unknown signal 'den' in 'signal'; none is defined")]
    [InlineData("zones: { z: { points: [[0, 0], [1, 0], [1, 1]], units: fraction } }\nrules: [{ id: r, rule: sidewalk, zone: z, classes: [person, motorcycle] }]", "the rule 'r' accuses vehicles; people are never accused, take 'person' out of its classes")]
    [InlineData("zones: { z: { points: [[0, 0], [1, 0], [1, 1]], units: fraction } }\nrules: [{ id: r, rule: sidewalk, zone: z, days: [thứ-hai] }]", "'days' knows no 'thứ-hai'; allowed: sunday, monday, tuesday, wednesday, thursday, friday, saturday")]
    [InlineData("zones: { z: { points: [[0, 0], [1, 0], [1, 1]], units: fraction } }\nrules: [{ id: r, rule: sidewalk, zone: z, dates: [2/9/2026] }]", "'dates' takes a date, YYYY-MM-DD, not '2/9/2026'")]
    public void What_a_rule_cannot_mean_is_named(string more, string message)
    {
        var mistakes = TestFolder.MistakesOf(TestFolder.Camera(more: more));
        Assert.True(mistakes.Any(mistake => mistake.Contains(": " + message, StringComparison.Ordinal)), string.Join('\n', mistakes));
    }

    [Fact]
    public void An_act_of_which_no_legal_text_speaks_is_warned_of()
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", TestFolder.Camera(more: Scene + EveryRule));
        Assert.DoesNotContain(folder.Load().Warnings, Speaks); // the law that came with the program has them all
        Directory.CreateDirectory(Path.Combine(folder.FolderPath, "legal"));
        folder.Write("legal/duong-bo.yaml", """
            documents: { nd: { number: 168/2024/NĐ-CP, validFrom: 2025-01-01, verified: true, source: A } }
            texts:
              - { code: RED_LIGHT, vehicle: car, documents: [nd], article: 6, clause: 9, point: b, vi: Vượt đèn đỏ, en: Red light, fineFrom: 18000000, fineTo: 20000000, points: 4, verified: true, source: A }

            """);
        var told = folder.Load().Warnings.Where(Speaks).Select(warning => warning.ToString()).ToList();
        Assert.Equal(12, told.Count); // neither the red light nor public order
        Assert.Contains("cameras/a.yaml:1:1: rule 'h' may report WRONG_LANE, ILLEGAL_LANE_CHANGE, of which no text in legal/ speaks: such events name no paragraph. Copy its rows from the legal data that came with the program", told);

        static bool Speaks(Mistake warning) => warning.Message.Contains("of which no text", StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_of_the_contract_is_made_from_a_file()
    {
        var camera = Load(Scene + EveryRule);
        var board = new SignalBoard(RuleModels.SignalsOf(camera, 960, 540));
        var made = RuleModels.Of(camera, 960, 540, board, TimeZoneInfo.Utc, _ => new NoLook());
        Assert.Equal(
            [
                nameof(TrackPaths), nameof(RedLight), nameof(StopLine), nameof(WrongWay), nameof(ForbiddenZone), nameof(Sidewalk), nameof(NoParking), nameof(NoParking), nameof(Lane), nameof(Turn),
                nameof(Turn), nameof(Speeding), nameof(Helmet), nameof(OverPersons), nameof(Crowding), nameof(Loitering),
            ],
            made.Select(one => one.GetType().Name));
        Assert.Equal(made.Length - 2, RuleModels.Of(camera, 960, 540, board, TimeZoneInfo.Utc).Length); // no model, no rule over riders
    }

    [Fact]
    public void Only_gates_and_cards_are_no_rules_over_paths() =>
        Assert.Equal(["id_check", "plate_gate"], RuleTable.Kinds.Keys.Except(RuleModels.Words, StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [Fact]
    public void Lights_come_with_their_region_in_pixels_of_the_frame()
    {
        var signals = RuleModels.SignalsOf(Load(Scene), 1920, 1080);
        Assert.Equal(["den", "tu-dieu-khien"], signals.Select(signal => signal.Id));
        Assert.Equal(new BoxPx(1080, 290, 60, 190), signals[0].Region);
        Assert.Equal((null, TimeSpan.FromSeconds(5)), (signals[1].Region, signals[1].MaxAge));
    }

    [Fact]
    public void A_camera_without_rules_has_nothing_to_watch()
    {
        var camera = Load(Scene);
        Assert.Empty(RuleModels.Of(camera, 960, 540, new SignalBoard([]), TimeZoneInfo.Utc));
    }

    private static CameraModel Load(string more)
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", TestFolder.Camera(more: more));
        var result = folder.Load();
        Assert.Empty(result.Mistakes);
        return Assert.Single(result.Cameras);
    }

    private sealed class NoLook : IRiderLook
    {
        public bool TryLook(EdgeGateway.Vision.Frames.Frame frame, in BoxPx machine, out RidersSeen seen)
        {
            seen = default;
            return false;
        }
    }
}
