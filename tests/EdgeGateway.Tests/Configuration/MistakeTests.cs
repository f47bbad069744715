using System.Text;
using EdgeGateway.Configuration;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.Configuration;

public sealed class MistakeTests
{
    [Fact]
    public void A_key_that_stands_twice_in_gateway_yaml_leaves_no_gateway()
    {
        using var folder = new TestFolder(TestFolder.Gateway + "\nid: thu-nghiem-2\n");
        var result = folder.Load();
        Assert.Contains("stands here a second time", Assert.Single(result.Mistakes, mistake => mistake.Place.File == ConfigFolder.GatewayFile).Message, StringComparison.Ordinal);
        Assert.Null(result.Gateway);
    }

    [Fact]
    public void A_value_of_kilobytes_in_place_of_a_word_is_compared_with_no_word() =>
        Assert.Null(NearestWord.Of(new string('a', 101), [new string('a', 100)]));

    [Fact]
    public void All_mistakes_of_all_files_are_told_at_once_in_order()
    {
        using var folder = new TestFolder("""
            id: Thu Nghiem
            site: { id: bai-bien, name: Bãi biển, timezone: Asia/Ho_Chi_Minh }
            mqtt: { url: "mqtt://ioc.example.vn:1883", keepAlive: 30 }
            """);
        folder.Write("cameras/a.yaml", """
            id: cong-1
            source: { url: "rtsp://10.0.0.1/main", transport: tpc }
            analyseFps: 60
            lines:
              gate: { points: [[120, 420], [840, 410]], units: px, frame: [960, 540] }
            counting:
              - { id: visitors, line: gaet, classes: [persn], interval: 15min }
            rules:
              - { id: dung-do, rule: no_praking, zone: via-he, after: 60s }
            """);
        Assert.Equal(
            [
                "cameras/a.yaml:2:51: 'transport' knows no 'tpc'; did you mean 'tcp'?",
                "cameras/a.yaml:3:13: 'analyseFps' is 60, allowed is 0.5 to 30",
                "cameras/a.yaml:7:27: unknown line 'gaet' in 'line'; did you mean 'gate'?",
                "cameras/a.yaml:7:43: unknown class 'persn' in 'classes'; did you mean 'person'?",
                "cameras/a.yaml:7:61: 'interval' takes a time with its unit (500ms, 60s, 15m, 24h); 'min' is no unit of time; allowed: ms, s, m, h, d",
                "cameras/a.yaml:9:26: unknown rule 'no_praking'; did you mean 'no_parking'?",
                "gateway.yaml:1:5: 'Thu Nghiem' in 'id' is no id: small letters a-z, digits and '-', at most 64; 'thu-nghiem' would do",
                "gateway.yaml:2:39: unknown key 'timezone' in 'site'; did you mean 'timeZone'?",
                "gateway.yaml:3:14: mqtt:// sends everything in clear and is taken to this machine only; write mqtts://, or allowInsecure: true if the network is protected otherwise",
                "gateway.yaml:3:55: 'keepAlive' takes a time with its unit (500ms, 60s, 15m, 24h); '30' has no unit; write 30s, 30m or 30h",
            ],
            folder.Load().Mistakes.Select(mistake => mistake.ToString()));
    }

    [Theory]
    [InlineData("analysFps: 8", "unknown key 'analysFps' in this file; did you mean 'analyseFps'?")]
    [InlineData("place: { zzz: 8 }", "unknown key 'zzz' in 'place'; allowed: text, lat, lon")]
    [InlineData("place: { direction: in }", "unknown key 'direction' in 'place' (it belongs to red_light, stop_line, plate_gate, id_check); allowed: text, lat, lon")]
    [InlineData("place: { \"hunter2!\": in }", "unknown key (not repeated here: it may be part of a secret) in 'place'; allowed: text, lat, lon")]
    [InlineData("analyseFps: 8\nanalyseFps: 9", "the key 'analyseFps' stands here a second time; the first is in line 3")]
    [InlineData("analyseFps: 8,5", "'analyseFps' takes a number, not '8,5'; write 8.5 with a point")]
    [InlineData("analyseFps: \"8\"", "'analyseFps' takes a number, not '8' (without quotes)")]
    [InlineData("enabled: yes", "'enabled' takes true or false, not 'yes'")]
    [InlineData("counting: visitors", "'counting' takes a list ([a, b], or lines that begin with '-'), and a single value stands here")]
    [InlineData("place: Cổng", "'place' takes keys with values (text, lat, lon), and a single value stands here")]
    [InlineData("place: { lat: 18.8 }", "'place' needs both lat and lon, or neither")]
    [InlineData("approval: { validUntil: 30/06/2027 }", "'validUntil' takes a date, YYYY-MM-DD, not '30/06/2027'")]
    [InlineData("approval: { decision: 12 }", "the key 'validUntil' is missing in 'approval': last day on which the approval holds, YYYY-MM-DD")]
    [InlineData("minScore: 50", "'minScore' is 50, allowed is 0.05 to 0.95")]
    [InlineData("name: ${NAME}", "'name' takes no '${…}'; only url, detectUrl, username, password and token do")]
    [InlineData("masks: &m { }", "'&' would name this part for repetition, which is not supported; text that begins with '&' needs quotes")]
    [InlineData("name: *m", "'*' would repeat another part of the file, which is not supported; text that begins with '*' needs quotes")]
    [InlineData("name: !!str x", "'!' would give this value a YAML tag, which is not supported; text that begins with '!' needs quotes")]
    [InlineData("---\nid: b", "a second document ('---') in one file; one camera has one file")]
    [InlineData("zones:\n\ta: 1", "a tab in the indentation; YAML takes spaces only")]
    [InlineData("rules:\n- { id: r }", "the key 'rule' is missing in this rule; allowed: red_light, stop_line, wrong_way, forbidden_zone, sidewalk, no_parking, no_stopping, lane, no_u_turn, no_turn, speeding, no_helmet, over_persons, crowding, loitering, plate_gate, id_check")]
    [InlineData("signals:\n  den: { source: picture }", "the signal 'den' is seen in the picture, so it needs a region: two corners around the lamps")]
    [InlineData("counting:\n- { id: c }", "the counter 'c' needs a line or a zone")]
    public void A_mistake_says_what_is_wrong_and_what_is_allowed(string more, string message)
    {
        var mistakes = TestFolder.MistakesOf(TestFolder.Camera(more: more));
        Assert.Contains(mistakes, mistake => mistake.EndsWith(": " + message, StringComparison.Ordinal));
        Assert.Single(mistakes);
    }

    [Theory]
    [InlineData("lines: { l: { points: [[0.1, 0.5], [0.9, 1.5]], units: fraction } }", "the point [0.9, 1.5] of 'l' lies outside 0 to 1; for pixels write units: px and the frame")]
    [InlineData("lines: { l: { points: [[100, 400], [1000, 400]], units: px, frame: [960, 540] } }", "the point [1000, 400] of 'l' lies outside the picture of 960x540 px")]
    [InlineData("lines: { l: { points: [[100, 400], [900, 400]], units: px } }", "'l' gives its points in px, so it needs the size of the picture they were taken from: frame: [width, height]")]
    [InlineData("lines: { l: { points: [[0.5, 0.5], [0.51, 0.5]], units: fraction } }", "the line 'l' is 1 % of the picture long; at least 2 % are needed to count anything")]
    [InlineData("lines: { l: { points: [[0.1, 0.5]], units: fraction } }", "'l' has 1 points; a line takes two points")]
    [InlineData("lines: { l: { points: [[0.1], [0.5, 0.6]], units: fraction } }", "'points' takes two numbers here: [x, y]")]
    [InlineData("zones: { z: { points: [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]], units: fraction } }", "the edges 1-2 and 3-4 of 'z' cross; give the corners in order around the zone")]
    [InlineData("zones: { z: { points: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.1]], units: fraction } }", "the last point of 'z' repeats the first; leave it out, the zone closes by itself")]
    [InlineData("zones: { z: { points: [[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]], units: fraction } }", "'z' has almost no area")]
    [InlineData("zones: { z: { points: [[0.1, 0.1], [0.5, 0.5]], units: pixels } }", "'units' knows no 'pixels'; allowed: px, fraction")]
    [InlineData("masks: { m: { points: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], units: fraction, classes: [] } }", "the mask 'm' hides no class; name some, or leave 'classes' out to hide everything")]
    [InlineData("masks: { m: { points: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]], units: fraction, classes: [motorbike] } }", "unknown class 'motorbike' in 'classes'; allowed: person, bicycle, car, motorcycle, bus, truck")]
    [InlineData("masks: { m: { points: [[10, 10], [50, 10], [50, 500]], units: px, frame: [40, 600] } }", "the point [50, 10] of 'm' lies outside the picture of 40x600 px")]
    [InlineData("lines: { Cổng Chính: { points: [[0.1, 0.5], [0.9, 0.5]], units: fraction } }", "'Cổng Chính' in 'lines' is no id: small letters a-z, digits and '-', at most 64; 'cong-chinh' would do")]
    public void Impossible_geometry_is_named(string more, string message) =>
        Assert.Contains(TestFolder.MistakesOf(TestFolder.Camera(more: more)), mistake => mistake.EndsWith(": " + message, StringComparison.Ordinal));

    [Fact]
    public void Points_in_pixels_of_a_picture_of_unknown_size_are_one_mistake() =>
        Assert.Single(TestFolder.MistakesOf(TestFolder.Camera(more: "lines: { l: { points: [[100, 400], [900, 400]], units: px } }")));

    [Fact]
    public void Two_cameras_with_one_id_are_told_with_both_places()
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", TestFolder.Camera()).Write("cameras/b.yaml", "# copy\n" + TestFolder.Camera());
        var result = folder.Load();
        Assert.Equal("cameras/b.yaml:2:5: a camera 'cong-1' stands in cameras/a.yaml:1:5 already; each camera needs its own id", Assert.Single(result.Mistakes).ToString());
        Assert.Single(result.Cameras);
    }

    [Fact]
    public void A_bad_camera_file_leaves_the_gateway_and_the_other_cameras_whole()
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", "id: [").Write("cameras/b.yaml", TestFolder.Camera("cong-2"));
        var result = folder.Load();
        Assert.NotNull(result.Gateway);
        Assert.Equal("cong-2", Assert.Single(result.Cameras).Id);
        Assert.All(result.Mistakes, mistake => Assert.Equal("cameras/a.yaml", mistake.Place.File));
    }

    [Fact]
    public void Names_in_decomposed_form_arrive_composed_and_ids_stay_strict()
    {
        var decomposed = "Cổng Bình Minh".Normalize(NormalizationForm.FormD);
        using var folder = new TestFolder().Write("cameras/a.yaml", TestFolder.Camera(more: $"name: {decomposed}")).Write("cameras/b.yaml", TestFolder.Camera("cổng".Normalize(NormalizationForm.FormD)));
        var result = folder.Load();
        Assert.Equal("Cổng Bình Minh", Assert.Single(result.Cameras).Name);
        Assert.EndsWith("'cong' would do", Assert.Single(result.Mistakes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_utf8_names_the_byte()
    {
        using var folder = new TestFolder().WriteBytes("cameras/a.yaml", [.. "id: a\nname: "u8, 0xC3, 0x28, .. "\n"u8]);
        Assert.Equal("cameras/a.yaml:2:7: this byte is not UTF-8; save the file as UTF-8 in the editor", Assert.Single(folder.Load().Mistakes).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing yet\n")]
    [InlineData("- a\n- b\n")]
    [InlineData("just text")]
    public void A_file_without_keys_is_told_so(string text)
    {
        using var folder = new TestFolder(text);
        Assert.Equal("gateway.yaml:1:1: the file holds no keys; see the sample beside the documents", Assert.Single(folder.Load().Mistakes).ToString());
    }

    [Fact]
    public void A_file_nested_without_end_is_refused_in_good_time()
    {
        using var folder = new TestFolder(new string('[', 100_000));
        Assert.Contains("not readable as YAML", Assert.Single(folder.Load().Mistakes).Message, StringComparison.Ordinal);
    }

    private static EdgeGateway.Vision.Inference.ModelCatalogue ModelsOf(params string[] names)
    {
        var models = Directory.CreateTempSubdirectory("edgegateway-catalogue-").FullName;
        try
        {
            const string Entry = """{"name":"NAME","task":"detect","file":"a.onnx","sha256":"HASH","decoder":"yolox","input":{"name":"images","width":416,"height":416}}""";
            var entries = names.Select(name => Entry.Replace("NAME", name, StringComparison.Ordinal).Replace("HASH", new string('0', 64), StringComparison.Ordinal));
            File.WriteAllText(Path.Combine(models, "models.json"), "{\"version\":1,\"models\":[" + string.Join(',', entries) + "]}");
            return EdgeGateway.Vision.Inference.ModelCatalogue.Load(models);
        }
        finally
        {
            Directory.Delete(models, recursive: true);
        }
    }

    [Fact]
    public void An_unknown_model_is_named_where_the_catalogue_is_known()
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", TestFolder.Camera(more: "model: street-nano\nrules: [{ id: r, rule: no_helmet, model: helmet }]"));
        var known = new EdgeGateway.Configuration.ConfigFolder(folder.FolderPath, new()) { Models = ModelsOf("street-n", "street-nan0") };
        Assert.Equal(
            ["cameras/a.yaml:3:8: unknown model 'street-nano' in 'model'; did you mean 'street-nan0'?", "cameras/a.yaml:4:42: unknown model 'helmet' in 'model'; allowed: street-n, street-nan0"],
            known.Load().Mistakes.Select(mistake => mistake.ToString()));
    }

    [Fact]
    public void A_key_of_another_rule_is_named_with_the_rules_it_belongs_to()
    {
        var mistakes = TestFolder.MistakesOf(TestFolder.Camera(more: """
            zones: { z: { points: [[0.5, 0.5], [0.9, 0.5], [1, 1]], units: fraction } }
            rules:
            - { id: nguoc, rule: wrong_way, direction: in, zone: z, allowed: [0, -1] }
            """));
        Assert.StartsWith("cameras/a.yaml:5:33: unknown key 'direction' in the rule 'wrong_way' (it belongs to red_light, stop_line, plate_gate, id_check); allowed: id, rule,", Assert.Single(mistakes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source: { url: \"rtsp://10.0.0.1/main\", matkhau: x }")]
    [InlineData("source: { url: \"rtsp://10.0.0.1/main\", \"matkhau\": x }")]
    [InlineData("source: { url: \"rtsp://10.0.0.1/main\" }\nmatkhau: x")]
    public void A_key_beside_a_secret_is_not_repeated(string text)
    {
        using var folder = new TestFolder().Write("cameras/a.yaml", $"id: a\n{text}\n");
        var mistake = Assert.Single(folder.Load().Mistakes).ToString();
        Assert.DoesNotContain("matkhau", mistake, StringComparison.Ordinal);
        Assert.Contains("not repeated here", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_of_plates_that_cannot_be_read_are_warned_of_with_their_place()
    {
        using var folder = new TestFolder(TestFolder.Gateway + "\nregistration: { sources: [], watchLists: [mat-cap.csv, /tmp] }\n");
        Assert.Equal(
            [
                $"gateway.yaml:4:43: the watch list 'mat-cap.csv' does not exist ({folder.FolderPath}/mat-cap.csv): no vehicle on it raises an alert",
                "gateway.yaml:4:56: the watch list '/tmp' is a folder (/tmp): no vehicle on it raises an alert",
            ],
            folder.Load().Warnings.Select(warning => warning.ToString()));
        folder.Write("mat-cap.csv", "plate,list\n37A12345,stolen\n???,stolen\n");
        var whole = new EdgeGateway.Configuration.ConfigFolder(folder.FolderPath, new()) { LooksAtFiles = true }.Load();
        Assert.Contains(whole.Warnings, warning => warning.ToString() == "gateway.yaml:4:43: the watch list 'mat-cap.csv', row in line 3 is left out: plate: no plate has this text");
    }

    [Fact]
    public void Files_that_the_configuration_names_and_nobody_can_read_are_warned_of()
    {
        using var folder = new TestFolder("""
            id: thu-nghiem
            site: { id: bai-bien, name: Bãi biển, holidays: ngay-le.csv }
            mqtt: { url: "mqtts://ioc.example.vn", caFile: /khong/co.pem, certificateFile: chung-thu.pem, keyFile: /tmp }
            """).Write("cameras/a.yaml", "id: a\nsource: { url: \"file:///khong/co.mp4\" }\n");
        Assert.Equal(
            [
                "cameras/a.yaml:2:16: the file /khong/co.mp4 does not exist: this camera has no picture",
                "gateway.yaml:2:49: the file 'ngay-le.csv' of 'holidays' does not exist: what needs it will not work",
                "gateway.yaml:3:48: the file '/khong/co.pem' of 'caFile' does not exist: what needs it will not work",
                "gateway.yaml:3:80: the path 'chung-thu.pem' of 'certificateFile' does not begin with '/': it starts from wherever the program was started",
                "gateway.yaml:3:104: the file '/tmp' of 'keyFile' is a folder: what needs it will not work",
            ],
            folder.Load().Warnings.Select(warning => warning.ToString()));
        folder.Write("ngay-le.csv", "date,name_vi,name_en,quick_report\n");
        Assert.Equal(4, folder.Load().Warnings.Count);
    }

    [Fact]
    public void A_counter_that_tells_its_day_at_midnight_is_warned_of_where_holidays_have_a_quick_report()
    {
        using var folder = new TestFolder("""
            id: thu-nghiem
            site: { id: bai-bien, name: Bãi biển, holidays: ngay-le.csv }
            mqtt: { url: "mqtt://127.0.0.1:1883" }
            """).Write("ngay-le.csv", "date,name_vi,name_en,quick_report\n");
        foreach (var (file, interval) in ((string, string)[])[("a", "24h"), ("b", "15m")])
            folder.Write($"cameras/{file}.yaml", TestFolder.Camera(file, $"lines: {{ gate: {{ points: [[0, 0.5], [1, 0.5]], units: fraction }} }}\ncounting: [ {{ id: visitors, line: gate, interval: {interval} }} ]\n"));
        Assert.Equal(
            ["cameras/a.yaml:1:1: the counter 'visitors' tells its first number of a day after 24 h: the quick report of holidays at 16:00 has nothing of it; write interval: 15m"],
            folder.Load().Warnings.Select(warning => warning.ToString()));
        folder.Write("gateway.yaml", TestFolder.Gateway);
        Assert.Empty(folder.Load().Warnings);
    }

    [Fact]
    public void Certificates_and_keys_that_no_connection_could_use_are_warned_of()
    {
        using var folder = new TestFolder();
        string At(string name) => Path.Combine(folder.FolderPath, name);
        foreach (var name in new[] { "hop", "khac" })
            ServerProcess.Run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", $"/CN={name}", "-keyout", At($"{name}.key"), "-out", At($"{name}.pem"));
        IEnumerable<string> Warned(string ca, string certificate, string key) => folder.Write("gateway.yaml", $$"""
            id: thu-nghiem
            site: { id: bai-bien, name: Bãi biển }
            mqtt:
              url: "mqtts://ioc.example.vn"
              caFile: {{At(ca)}}
              certificateFile: {{At(certificate)}}
              keyFile: {{At(key)}}
            """).Load().Warnings.Select(warning => warning.ToString());
        Assert.Empty(Warned("khac.pem", "hop.pem", "hop.key"));
        Assert.Equal([$"gateway.yaml:7:12: mqtt.keyFile: the key in {At("khac.key")} does not belong to the certificate in {At("hop.pem")}. Name the key with which that certificate was requested"], Warned("khac.pem", "hop.pem", "khac.key"));
        Assert.Equal(
            [
                $"gateway.yaml:5:11: mqtt.caFile: {At("hop.key")} holds no certificate that can be read. A PEM file with the line -----BEGIN CERTIFICATE----- is needed",
                $"gateway.yaml:6:20: mqtt.certificateFile: {At("hop.key")} holds no certificate that can be read. A PEM file with the line -----BEGIN CERTIFICATE----- is needed",
            ],
            Warned("hop.key", "hop.key", "hop.key"));
    }

    [Fact]
    public void Lines_of_the_holidays_that_no_report_can_use_are_mistakes_with_what_is_expected()
    {
        using var folder = new TestFolder("""
            id: thu-nghiem
            site: { id: bai-bien, name: Bãi biển, holidays: ngay-le.csv }
            mqtt: { url: "mqtt://127.0.0.1" }
            """).Write("ngay-le.csv", "date,name_vi,name_en,quick_report\nrubbish,row\n2026-09-02,Quốc khánh,National Day,maybe\n");
        var mistakes = new EdgeGateway.Configuration.ConfigFolder(folder.FolderPath, new()) { LooksAtFiles = true }.Load().Mistakes;
        Assert.Equal(
            [
                $"gateway.yaml:2:49: {folder.FolderPath}/ngay-le.csv:2: four cells are needed, date,name_vi,name_en,quick_report",
                $"gateway.yaml:2:49: {folder.FolderPath}/ngay-le.csv:3: quick_report 'maybe' is neither yes nor no",
            ],
            mistakes.Select(mistake => mistake.ToString()));
    }

    [Fact]
    public void A_storage_folder_that_is_a_file_or_below_one_is_a_mistake()
    {
        using var folder = new TestFolder(TestFolder.Gateway + "\nstorage: { folder: /etc/passwd/edgegateway }\n");
        Assert.Equal("gateway.yaml:4:20: 'folder' takes a folder, and /etc/passwd is a file", Assert.Single(folder.Load().Mistakes).ToString());
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_told_with_its_folder()
    {
        using var folder = new TestFolder();
        var result = new EdgeGateway.Configuration.ConfigFolder(Path.Combine(folder.FolderPath, "gateway.yaml"), new()).Load();
        Assert.Equal($"gateway.yaml:1:1: --config takes the folder of this file, and {folder.FolderPath}/gateway.yaml is a file; name {folder.FolderPath}", Assert.Single(result.Mistakes).ToString());
    }

    [Fact]
    public void A_missing_folder_says_where_it_was_looked_for()
    {
        var result = new EdgeGateway.Configuration.ConfigFolder("/nowhere/at-all", new()).Load();
        Assert.Equal("gateway.yaml:1:1: the file is not there; the folder is /nowhere/at-all, another is named by --config DIR", Assert.Single(result.Mistakes).ToString());
    }
}
