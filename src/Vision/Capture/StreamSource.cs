namespace EdgeGateway.Vision.Capture;

/// <summary>The bytes of a stream.</summary>
internal sealed class StreamSource(Stream stream) : IByteSource
{
    public int Read(Span<byte> target) => stream.Read(target);
}
