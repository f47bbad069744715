namespace EdgeGateway.Vision.Imaging;

/// <summary>A picture cannot be read or written. The message names the file and says why.</summary>
public sealed class ImageException : Exception
{
    public ImageException(string message) : base(message)
    {
    }

    public ImageException(string message, Exception inner) : base(message, inner)
    {
    }
}
