namespace EdgeGateway.Vision.Inference;

/// <summary>
/// A model cannot be used. The message names the file, says what is wrong with it and what to do: it goes to the
/// installer as it stands.
/// </summary>
public sealed class ModelException : Exception
{
    public ModelException(string message) : base(message)
    {
    }

    public ModelException(string message, Exception inner) : base(message, inner)
    {
    }
}
