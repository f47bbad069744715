using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EdgeGateway.Testing;

/// <summary>
/// An RTSP server whose answers are made from the grammar of real ones, some whole and some damaged: status lines, headers, SDP, interleaved
/// RTP. The path names the conversation: the same number gives the same one. No bytes of it are right by intent beyond that.
/// </summary>
public sealed class NonsenseCamera : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _setUps;

    public NonsenseCamera()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>How often an answer to DESCRIBE was understood, so that a stream was asked for.</summary>
    public int SetUps => Volatile.Read(ref _setUps);

    public string Url(int conversation) => $"rtsp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/{conversation}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => TalkAsync(client));
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
                Random? random = null;
                var isSetUp = false;
                while (await ReadRequestAsync(reader) is { } request)
                {
                    random ??= new Random(NumberIn(request));
                    var method = request.Split(' ')[0];
                    if (method == "SETUP" && !isSetUp)
                    {
                        isSetUp = true;
                        Interlocked.Increment(ref _setUps);
                    }

                    await stream.WriteAsync(Answer(random, method, SequenceIn(request)), _stop.Token);
                    if (random.Next(40) == 0) return;
                    if (method != "PLAY") continue;
                    for (var i = 0; i < 60; i++) await stream.WriteAsync(Interleaved(random), _stop.Token);
                    return;
                }
            }
            catch (Exception fault) when (fault is IOException or OperationCanceledException or SocketException)
            {
                // it had heard enough
            }
        }
    }

    private async Task<string?> ReadRequestAsync(StreamReader reader)
    {
        var request = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line.Length == 0 && request.Length > 0) return request.ToString();
            request.Append(line).Append('\n');
        }

        return null;
    }

    private static byte[] Answer(Random random, string method, string sequence)
    {
        var body = method == "DESCRIBE" ? Description(random) : "";
        var headers = new List<string> { $"CSeq: {(random.Next(30) == 0 ? HostileInput.Word(random) : sequence)}" };
        switch (method)
        {
            case "OPTIONS": headers.Add("Public: OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY"); break;
            case "DESCRIBE": headers.AddRange(["Content-Type: application/sdp", "Content-Base: rtsp://127.0.0.1/cam/"]); break;
            case "SETUP": headers.AddRange([$"Session: {(random.Next(10) == 0 ? HostileInput.Word(random) : "12345678")};timeout={random.OneOf("60", "0", "-1", "99999999999")}", $"Transport: {random.OneOf("RTP/AVP/TCP;unicast;interleaved=0-1", "RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=FFFFFFFF", "RTP/AVP/TCP;interleaved=254-255", "RTP/AVP;unicast;client_port=1-2")}"]); break;
            case "PLAY": headers.AddRange([$"Session: 12345678", $"Range: npt={random.OneOf("0.000-", "now-", "-1-99999999999", "x-")}", $"RTP-Info: url=rtsp://127.0.0.1/cam/track1;seq={random.Next(70_000)};rtptime={random.NextInt64(1L << 34)}"]); break;
        }

        if (random.Next(20) == 0) headers.Add($"{HostileInput.Word(random)}: {HostileInput.Word(random)}");
        if (random.Next(40) == 0) headers.AddRange(Enumerable.Repeat("X-A: " + new string('a', random.Next(1, 9000)), random.Next(1, 200)));
        if (body.Length > 0) headers.Add($"Content-Length: {(random.Next(15) == 0 ? random.OneOf("-1", "0", "2147483647", "99999999999999", "x") : Encoding.UTF8.GetByteCount(body).ToString(System.Globalization.CultureInfo.InvariantCulture))}");
        var status = random.Next(25) == 0 ? random.OneOf("RTSP/1.0 200", "RTSP/9.9 200 OK", "HTTP/1.1 200 OK", "RTSP/1.0 999 x", "RTSP/1.0 -1 x", "", "RTSP/1.0 301 Moved") : "RTSP/1.0 200 OK";
        var text = $"{status}\r\n{string.Join("\r\n", headers)}\r\n\r\n{body}";
        return Encoding.UTF8.GetBytes(random.Next(12) == 0 ? HostileInput.Damage(random, text) : text);
    }

    private static string Description(Random random)
    {
        var sets = random.Next(4) == 0 ? Convert.ToBase64String(RandomBytes(random, 40)) : "Z0LAH9oBQBbsBagICAoAAAMAAgAAAwBlHjBkkA==,aM48gA==";
        var lines = new List<string>
        {
            "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=cam", "t=0 0", "a=control:*",
            $"m=video {random.OneOf("0", "65536", "-1")} RTP/AVP {random.OneOf("96", "96", "26", "255")}", "c=IN IP4 0.0.0.0",
            $"a=rtpmap:96 {random.OneOf("H264/90000", "H264/90000", "H265/90000", "H264/0", "H264/-1", "JPEG/90000", "mpeg4-generic/1")}",
            $"a=fmtp:96 packetization-mode={random.OneOf("1", "0", "9")};sprop-parameter-sets={sets};profile-level-id={random.OneOf("42C01F", "ZZZZZZ", "")}",
            "a=control:track1",
        };
        if (random.Next(6) == 0) lines.Add($"a={random.OneOf("framesize", "framerate", "cliprect", "range", "fmtp")}:{random.OneOf("96 99999-99999", "0", "-1", "npt=0-", "1e999")}");
        if (random.Next(10) == 0) lines.AddRange(Enumerable.Repeat("m=audio 0 RTP/AVP 0", random.Next(1, 500)));
        if (random.Next(6) == 0) lines.RemoveAt(random.Next(lines.Count));
        var text = string.Join("\r\n", lines) + "\r\n";
        return random.Next(8) == 0 ? HostileInput.Damage(random, text) : text;
    }

    /// <summary>A packet of RTP or RTCP between '$' and its length, which may lie; its payload pretends to be H.264.</summary>
    private static byte[] Interleaved(Random random)
    {
        var payload = RandomBytes(random, random.OneOf(0, 3, 40, 1400));
        if (payload.Length > 0) payload[0] = (byte)random.OneOf(0x67, 0x68, 0x65, 0x41, 0x7C, 0x78, 0x18, random.Next(256));
        byte[] rtp = [(byte)random.OneOf(0x80, 0x80, 0x80, 0x9F, 0xB0, random.Next(256)), (byte)random.OneOf(96, 96 + 128, random.Next(256)), (byte)random.Next(256), (byte)random.Next(256), .. RandomBytes(random, 8), .. payload];
        var length = random.Next(20) == 0 ? random.Next(65536) : rtp.Length;
        return [(byte)(random.Next(40) == 0 ? random.Next(256) : '$'), (byte)random.OneOf(0, 0, 1, random.Next(256)), (byte)(length >> 8), (byte)length, .. rtp];
    }

    private static byte[] RandomBytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static int NumberIn(string request) => int.TryParse(request.Split('\n')[0].Split(' ').ElementAtOrDefault(1)?.Split('/').Last(part => part.Length > 0), out var number) ? number : 0;

    private static string SequenceIn(string request) => request.Split('\n').FirstOrDefault(line => line.StartsWith("CSeq:", StringComparison.OrdinalIgnoreCase))?[5..].Trim() ?? "1";
}
