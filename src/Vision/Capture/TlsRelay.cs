using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace EdgeGateway.Vision.Capture;

/// <summary>
/// The secure half of an RTSPS connection. ffmpeg (5.1, and later ones by default) encrypts RTSPS but checks no certificate, so
/// anyone in between could read the password; here the camera's certificate is checked before ffmpeg says a word, and ffmpeg
/// speaks plain RTSP to this relay on the loopback address. One relay belongs to one attempt and serves one connection.
/// </summary>
internal sealed class TlsRelay : IDisposable
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(5);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly TcpClient _camera;
    private readonly SslStream _secure;

    private TlsRelay(TcpClient camera, SslStream secure)
    {
        _camera = camera;
        _secure = secure;
        _listener.Start(1);
        _ = ServeAsync(_stop.Token);
    }

    /// <summary>Where ffmpeg finds the relay.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connects to the camera and checks its certificate.</summary>
    /// <param name="host">Name or address of the camera, which the certificate must name.</param>
    /// <param name="port">Port of the camera.</param>
    /// <param name="caFile">PEM file with the authorities to trust, or with the camera's own certificate; null: the system's authorities.</param>
    /// <param name="stop">Ends the attempt.</param>
    /// <exception cref="AuthenticationException">The certificate is not to be trusted; the message says why and what to do.</exception>
    /// <exception cref="IOException">The camera does not answer, or not in TLS.</exception>
    public static TlsRelay Open(string host, int port, string? caFile, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(HandshakeLimit);
        return OpenAsync(host, port, caFile, limit.Token).GetAwaiter().GetResult();
    }

    private static async Task<TlsRelay> OpenAsync(string host, int port, string? caFile, CancellationToken stop)
    {
        var trusted = caFile is null ? null : Load(caFile);
        var camera = new TcpClient { NoDelay = true };
        var why = "";
        try
        {
            await camera.ConnectAsync(host, port, stop).ConfigureAwait(false);
            var secure = new SslStream(camera.GetStream());
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, certificate, _, errors) => IsTrusted(certificate, errors, trusted, out why),
                },
                stop).ConfigureAwait(false);
            return new TlsRelay(camera, secure);
        }
        catch (Exception failure)
        {
            camera.Dispose();
            throw failure switch
            {
                AuthenticationException when why.Length > 0 => new AuthenticationException($"The certificate of {host}:{port} is not trusted ({why}). Put the camera's certificate, or its authority's, into a PEM file and name it in source.caFile."),
                AuthenticationException => new IOException($"{host}:{port} does not speak TLS as expected: {failure.Message}", failure),
                SocketException socket => new IOException($"{host}:{port} cannot be reached: {socket.Message}.", failure),
                OperationCanceledException => new IOException($"{host}:{port} does not answer within {HandshakeLimit.TotalSeconds:0} s.", failure),
                _ => new IOException($"No secure connection to {host}:{port}: {failure.Message}", failure),
            };
        }
    }

    /// <summary>Ends both connections.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _camera.Dispose();
        _secure.Dispose();
        _stop.Dispose();
    }

    private static X509Certificate2Collection Load(string caFile)
    {
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPemFile(caFile);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new AuthenticationException($"The file of source.caFile ({caFile}) cannot be read as PEM: {failure.Message}", failure);
        }

        return trusted.Count > 0 ? trusted : throw new AuthenticationException($"The file of source.caFile ({caFile}) holds no certificate in PEM form.");
    }

    private static bool IsTrusted(X509Certificate? shown, SslPolicyErrors errors, X509Certificate2Collection? trusted, out string why)
    {
        why = "";
        if (shown is not X509Certificate2 certificate)
        {
            why = "none was shown";
            return false;
        }

        if (trusted is null)
        {
            if (errors != SslPolicyErrors.None) why = Words(errors);
            return errors == SslPolicyErrors.None;
        }

        // The camera's own certificate in the file is a pin: cameras rarely know the name they are reached by.
        foreach (var one in trusted)
        {
            if (one.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)) return true;
        }

        if ((errors & SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None)
        {
            why = "it names another host";
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        if (chain.Build(certificate)) return true;
        why = chain.ChainStatus.Length > 0 ? chain.ChainStatus[0].StatusInformation.TrimEnd('.', ' ', '\n') : "its chain ends nowhere";
        return false;
    }

    private static string Words(SslPolicyErrors errors)
        => (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != SslPolicyErrors.None ? "it names another host" : "no authority known to this box signed it";

    private async Task ServeAsync(CancellationToken stop)
    {
        try
        {
            using var child = await _listener.AcceptTcpClientAsync(stop).ConfigureAwait(false);
            _listener.Stop();
            child.NoDelay = true;
            await using var plain = child.GetStream();
            await Task.WhenAny(plain.CopyToAsync(_secure, stop), _secure.CopyToAsync(plain, stop)).ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Either side went; the child's end tells the supervisor.
        }
    }
}
