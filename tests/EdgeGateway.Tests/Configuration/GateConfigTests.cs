using EdgeGateway.Configuration;

namespace EdgeGateway.Tests.Configuration;

/// <summary>Gates, their rules and what is refused of both.</summary>
public sealed class GateConfigTests
{
    private const string Lane = "plates: { enabled: true }\nlines: { vach: { points: [[0.1, 0.6], [0.9, 0.6]], units: fraction } }\n";

    [Theory]
    [InlineData("cong: { http: { open: \"http://10.0.0.5/open\" }, gpio: { line: 17 } }", "the gate 'cong' has http and gpio; one relay moves one gate")]
    [InlineData("cong: { whenFailed: open, http: { open: \"http://10.0.0.5/open\" } }", "the gate 'cong' stays open when something fails, so its relay needs 'hold' and 'release'")]
    [InlineData("cong: { whenFailed: opened, gpio: { line: 17 } }", "'whenFailed' knows no 'opened'; did you mean 'open'?")]
    [InlineData("cong: { gpio: { line: 17 }, passTime: 20 }", "'passTime' takes a time with its unit (500ms, 60s, 15m, 24h); '20' has no unit; write 20s, 20m or 20h")]
    [InlineData("cong: { gpio: { lin: 17 } }", "unknown key 'lin' in 'gpio'; did you mean 'line'?")]
    [InlineData("cong: { gpio: { line: 17 }, exitOf: cong }", "the gate 'cong' cannot be its own exit")]
    [InlineData("cong: { gpio: { line: 17 } }\n  ra: { gpio: { line: 18 }, exitOf: cogn }", "unknown gate 'cogn' in 'exitOf'; did you mean 'cong'?")]
    [InlineData("cong: { http: { open: \"ftp://10.0.0.5/open\" } }", "'open' takes a URL (http://, https://). 'ftp' is not known here; allowed: http, https")]
    [InlineData("cong: { http: { open: \"http://10.0.0.5/open\", username: cong } }", "'username' and 'password' belong together")]
    public void What_a_gate_cannot_be_is_named(string gates, string message)
    {
        using var folder = new TestFolder($"{TestFolder.Gateway}\ngates:\n  {gates}\n");
        var mistakes = folder.Load().Mistakes.Select(mistake => mistake.ToString()).ToList();
        Assert.True(mistakes.Any(mistake => mistake.Contains(": " + message, StringComparison.Ordinal)), string.Join('\n', mistakes));
    }

    [Theory]
    [InlineData(Lane + "rules: [ { id: vao, rule: plate_gate, gate: cogn-chinh, line: vach, lists: [a.csv] } ]", "unknown gate 'cogn-chinh' in 'gate'; did you mean 'cong-chinh'?")]
    [InlineData(Lane + "rules: [ { id: vao, rule: plate_gate, gate: cong-chinh, lists: [a.csv] } ]", "the rule 'vao' needs 'line': the line that vehicles cross when they pass the gate (or name the line 'cong-chinh')")]
    [InlineData(Lane + "rules: [ { id: vao, rule: plate_gate, gate: cong-chinh, line: vahc, lists: [a.csv] } ]", "unknown line 'vahc' in 'line'; did you mean 'vach'?")]
    [InlineData(Lane + "rules: [ { id: vao, rule: plate_gate, gate: cong-chinh, line: vach, lists: [a.csv], others: asks } ]", "'others' knows no 'asks'; did you mean 'ask'?")]
    [InlineData(Lane + "rules: [ { id: vao, rule: plate_gate, gate: cong-chinh, line: vach, lists: [a.csv], exempt: [37A12345] } ]", "'exempt' belongs to rules that accuse; whom 'vao' lets in stands in a list of 'lists' with the word allow")]
    [InlineData(Lane + "rules: [ { id: do, rule: red_light, signal: den, stopLine: vahc, exempt: [37A-12] } ]", "'37A-12' in 'exempt' of 'do' is no whole plate; write it as printed (37A-123.45) or without marks (37A12345)")]
    [InlineData("rules: [ { id: the, rule: id_check, scanner: kamera } ]", "'scanner' is camera, a device (/dev/serial/by-id/…, /dev/ttyACM0, /dev/input/by-id/…) or - for standard input, not 'kamera'; did you mean 'camera'?")]
    [InlineData("lines: { vach: { points: [[0.1, 0.6], [0.9, 0.6]], units: fraction } }\nrules: [ { id: vao, rule: plate_gate, gate: cong-chinh, line: vach, lists: [a.csv] } ]", "the rule 'vao' reads plates; write plates: { enabled: true } on this camera")]
    public void What_a_rule_at_a_gate_cannot_mean_is_named(string more, string message)
    {
        using var folder = new TestFolder($"{TestFolder.Gateway}\ngates: {{ cong-chinh: {{ gpio: {{ line: 17 }} }} }}\n").Write("cameras/a.yaml", TestFolder.Camera(more: more));
        var mistakes = folder.Load().Mistakes.Select(mistake => mistake.ToString()).ToList();
        Assert.True(mistakes.Any(mistake => mistake.Contains(": " + message, StringComparison.Ordinal)), string.Join('\n', mistakes));
    }

    [Fact]
    public void Without_gates_decisions_are_published_and_validate_says_that_nothing_opens()
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", TestFolder.Camera(more: "plates: { enabled: true }\nlines: { cong: { points: [[0.1, 0.6], [0.9, 0.6]], units: fraction } }\nrules: [ { id: vao, rule: plate_gate, gate: cong, lists: [a.csv] } ]"));
        var result = folder.Load();
        Assert.Empty(result.Mistakes);
        Assert.Contains(result.Warnings, warning => warning.Message.Contains("decisions on 'cong' are published and nothing opens", StringComparison.Ordinal));
    }

    [Fact]
    public void A_row_of_a_gate_s_list_whose_word_no_gate_knows_is_warned_of()
    {
        using var folder = new TestFolder($"{TestFolder.Gateway}\ngates: {{ cong-chinh: {{ gpio: {{ line: 17 }} }} }}\n")
            .Write("cameras/a.yaml", TestFolder.Camera(more: Lane + "rules: [ { id: vao, rule: plate_gate, gate: cong-chinh, line: vach, lists: [a.csv] } ]"))
            .Write("a.csv", "plate,list\n37A12345,allow\n37A12346,cho-phep\n");
        var warning = Assert.Single(new EdgeGateway.Configuration.ConfigFolder(folder.FolderPath, new()) { LooksAtFiles = true }.Load().Warnings, one => one.Message.Contains("a.csv", StringComparison.Ordinal));
        Assert.EndsWith("the list 'a.csv' of 'vao', row in line 3 is left out: list: allow, deny, watch", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_verifier_over_plain_http_is_taken_to_this_machine_only()
    {
        using var folder = new TestFolder($"{TestFolder.Gateway}\nidentity: {{ verifier: {{ url: \"http://10.0.0.7/verify\" }} }}\n");
        Assert.Contains("taken to this machine only", Assert.Single(folder.Load().Mistakes).Message, StringComparison.Ordinal);
        using var loopback = new TestFolder($"{TestFolder.Gateway}\nidentity: {{ verifier: {{ url: \"http://127.0.0.1:7000/verify\" }} }}\n");
        Assert.Empty(loopback.Load().Mistakes);
    }

    [Fact]
    public void The_relay_s_address_holds_a_key_that_no_message_shows()
    {
        using var folder = new TestFolder($"{TestFolder.Gateway}\ngates: {{ cong: {{ http: {{ open: \"http://10.0.0.5/open?key=${{CAM_BINH_MINH}}\", username: a }} }} }}\n");
        var result = folder.Load();
        Assert.DoesNotContain(result.Mistakes.Concat(result.Warnings), mistake => mistake.ToString().Contains("mat-khau-camera", StringComparison.Ordinal));
    }
}
