namespace EdgeGateway.PublicModels;

/// <summary>A public model could not be fetched, checked or registered. The message goes to a person as it stands.</summary>
internal sealed class FetchException : Exception
{
    public FetchException(string message) : base(message)
    {
    }

    public FetchException(string message, Exception inner) : base(message, inner)
    {
    }
}
