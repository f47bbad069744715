using System.Collections.Concurrent;
using System.Text;
using EdgeGateway.Testing;

namespace EdgeGateway.Tests.EndToEnd;

/// <summary>Passwords of cameras and broker reach those whom they are meant for, and no one and nothing else.</summary>
public sealed class SecretsTests
{
    private const string CameraPassword = "Biển@Cửa:Lò/100%#?&=";
    private const string WrongPassword = "sai/mật@khẩu:7%25";
    private const string BrokerPassword = "mật khẩu@mqtt:/50%+ơ";

    [Fact]
    public async Task No_password_is_seen_anywhere_at_the_finest_log_level()
    {
        await using var server = await RtspServer.StartAsync("--user", "viewer", "--password", CameraPassword, "main=" + await StreetClip.PathAsync());
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Login = ("gw", BrokerPassword) });
        await using var ioc = await Ioc.ListenAsync(broker, ("gw", BrokerPassword));
        using var site = new Installation(broker.Port, more: "log: { level: trace }", mqtt: ", username: gw, password: \"${MQTT_PW}\"");
        site.Environment["CAM"] = CameraPassword;
        site.Environment["CAM_SAI"] = WrongPassword;
        site.Environment["MQTT_PW"] = BrokerPassword;
        site.Camera("cong", server.Url("main", "viewer:${CAM}"))
            .Camera("sai", server.Url("main", "viewer:${CAM_SAI}"))
            .Camera("xa", "rtsp://viewer:${CAM}@127.0.0.1:1/main");

        var commandLines = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        await using var gateway = GatewayProcess.Run(site);
        bool Look(Func<bool> condition)
        {
            foreach (var (_, line) in Processes.Below(gateway.Id)) commandLines[line] = true;
            commandLines[File.ReadAllText($"/proc/{gateway.Id}/cmdline").Replace('\0', ' ')] = true;
            return condition();
        }

        await ioc.UntilAsync("one streams and one is refused", () => Look(() => ioc.StateOf("cong")?.Word("state") == "streaming" && ioc.StateOf("sai")?.Word("state") == "unauthorised"), gateway);
        await ioc.UntilAsync("a crossing, and alerts of both that are down", () => Look(() => ioc.Events("crossing").Count > 0 && ioc.Alerts("camera", "raised").Count >= 2), gateway);
        gateway.Terminate();
        Assert.Equal(0, await gateway.EndAsync());

        Assert.Contains(commandLines.Keys, line => line.Contains("ffmpeg", StringComparison.Ordinal));
        Assert.Contains(gateway.Error, line => line.Contains(" debug ", StringComparison.Ordinal) || line.Contains(" trace ", StringComparison.Ordinal) || line.Contains(" info ", StringComparison.Ordinal));
        AssertNoSecret("the log", gateway.Said);
        foreach (var line in commandLines.Keys) AssertNoSecret("the process list", line);
        foreach (var heard in ioc.Messages) AssertNoSecret(heard.Topic, heard.Text);
        foreach (var file in Directory.EnumerateFiles(site.Storage, "*", SearchOption.AllDirectories))
        {
            // Latin-1 keeps every byte, so that the forms are looked for as bytes.
            AssertNoSecret(file, Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), bytes: true);
        }
    }

    [Fact]
    public async Task A_broker_that_refuses_the_password_is_told_without_it_and_events_wait()
    {
        await using var broker = await Mosquitto.StartAsync(new MosquittoOptions { Login = ("gw", BrokerPassword) });
        await using var ioc = await Ioc.ListenAsync(broker, ("gw", BrokerPassword));
        using var site = new Installation(broker.Port, mqtt: ", username: gw, password: \"${MQTT_PW}\"", listen: $"127.0.0.1:{Mosquitto.FreePort()}");
        site.Environment["MQTT_PW"] = WrongPassword;
        site.Camera("cong", Installation.UrlOf(await StreetClip.PathAsync()));
        using var pages = new Pages(site);
        await using (var gateway = GatewayProcess.Run(site))
        {
            await Wait.Until("events wait", async () => await pages.MetricAsync("edgegateway_outbox_pending") >= 2, Ioc.Patience);
            await Wait.Until("its log tells of the refusal", () => gateway.Said.Contains("not let", StringComparison.OrdinalIgnoreCase), Ioc.Patience);
            AssertNoSecret("the log", gateway.Said);
            gateway.Terminate();
            Assert.Equal(0, await gateway.EndAsync());
        }

        site.Environment["MQTT_PW"] = BrokerPassword;
        await using (var gateway = GatewayProcess.Run(site)) await ioc.UntilAsync("what waited arrives", () => ioc.Events("crossing").Count > 0, gateway);
    }

    private static void AssertNoSecret(string where, string text, bool bytes = false)
    {
        foreach (var secret in new[] { CameraPassword, WrongPassword, BrokerPassword })
        {
            string[] forms =
            [
                secret, Uri.EscapeDataString(secret), System.Net.WebUtility.UrlEncode(secret), System.Text.Json.JsonEncodedText.Encode(secret).ToString(),
                Convert.ToBase64String(Encoding.UTF8.GetBytes("viewer:" + secret)), Convert.ToBase64String(Encoding.UTF8.GetBytes("gw:" + secret)),
            ];
            foreach (var form in forms)
            {
                var wanted = bytes ? Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(form)) : form;
                Assert.False(text.Contains(wanted, StringComparison.OrdinalIgnoreCase), $"A password stands in {where}: {text}");
            }
        }
    }
}
