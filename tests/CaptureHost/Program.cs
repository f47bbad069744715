using EdgeGateway.Vision.Capture;
using Microsoft.Extensions.Logging.Abstractions;

// Reads one stream until it is killed: tests look at what is left of it then. The address comes on standard input; an
// argument names the folder of a ring.
var url = SecretUrl.Parse(Console.ReadLine() ?? "");
using var stream = new CameraStream(new CaptureOptions { CameraId = "host", Url = url, Loop = true, Ring = args.Length > 0 ? new SegmentRing(args[0], TimeSpan.FromSeconds(1), 10) : null }, TimeProvider.System, NullLogger.Instance);
stream.StatusChanged += status => Console.WriteLine(status);
stream.Start();
while (stream.Take(CancellationToken.None) is { } frame)
{
    using (frame) Console.WriteLine($"frame {frame.Sequence}");
}
