namespace EdgeGateway.Vision.Preprocess;

/// <summary>How the pixels of a picture are mixed when its size changes.</summary>
public enum Interpolation
{
    /// <summary>By area when neither side grows and one shrinks to half or less, else bilinear.</summary>
    Auto,

    /// <summary>The four pixels around the place, as OpenCV's INTER_LINEAR.</summary>
    Bilinear,

    /// <summary>All pixels that the new pixel covers, as OpenCV's INTER_AREA; only when neither side grows.</summary>
    Area,
}
