namespace EdgeGateway.Vision.Imaging;

public static class StillEncoder
{
    public static byte[] Jpeg(ReadOnlySpan<byte> i420, int width, int height) => [.. i420[..Math.Min(i420.Length, width * height)]];
}
