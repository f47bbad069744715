using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Registration.Remote;

/// <summary>
/// A SOAP 1.1 registry in the shape of the population database's service: one operation, elements in a fixed order, the account as
/// a hash over address, user, time and secret. Replies are read by local names, because their namespaces vary; XML with a
/// document type or entities is refused.
/// </summary>
public sealed class SoapRegistry : IRegistrySource, IDisposable
{
    private static readonly XNamespace Envelope = "http://schemas.xmlsoap.org/soap/envelope/";

    private static readonly XmlReaderSettings Reading = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersFromEntities = 1024,
        MaxCharactersInDocument = 4 << 20,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    private readonly ServiceOptions _options;
    private readonly OwnerSeal? _seal;
    private readonly TimeProvider _time;
    private readonly ServiceClient _client;

    /// <exception cref="ArgumentException">The address is not https, or a certificate's file cannot be read.</exception>
    public SoapRegistry(ServiceOptions options, OwnerSeal? seal, IQuotaBook quota, TimeProvider time)
    {
        (_options, _seal, _time) = (options, seal, time);
        _client = new ServiceClient(Name, options, quota, time, client => options.Platform is { } platform ? new PlatformTokens(platform, client, time) : null);
    }

    public string Name => "soap";

    public bool IsRemote => true;

    public TimeSpan? Rest => _client.Rest;

    public async Task<SourceAnswer> LookUpAsync(RegistryQuery query, CancellationToken stop)
    {
        try
        {
            return SourceAnswer.Of(await _client.AskAsync(() => Request(query), reply => Read(reply, query), stop));
        }
        catch (ServiceFaultException fault)
        {
            return SourceAnswer.Away(fault.Message, fault.RetryAfter);
        }
    }

    public void Dispose() => _client.Dispose();

    private HttpRequestMessage Request(RegistryQuery query)
    {
        XNamespace service = _options.Namespace;
        var body = new XElement(service + _options.Operation, AuditNames.Of(query, _options).Select(pair => new XElement(service + pair.Name, pair.Value)));
        body.Add(
            new XElement(service + "BienSo", query.Plate),
            new XElement(service + "MauBien", EventWords.Of(query.Colour)),
            new XElement(service + "LoaiXe", EventWords.Of(query.Vehicle)),
            new XElement(service + "ThoiDiem", UtcMilliseconds.Text(query.At)));
        var text = new XElement(Envelope + "Envelope",
            new XAttribute(XNamespace.Xmlns + "soapenv", Envelope.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "dan", _options.Namespace),
            new XElement(Envelope + "Header"),
            new XElement(Envelope + "Body", body)).ToString(SaveOptions.DisableFormatting);
        var request = new HttpRequestMessage(HttpMethod.Post, _options.Url)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue("text/xml", "utf-8") } },
        };
        request.Headers.TryAddWithoutValidation("SOAPAction", "\"\"");
        if (_options is not { Username: { } user, Platform: null }) return request;
        var timestamp = _time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        var proof = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_options.Url.AbsoluteUri + user + timestamp + _options.Password())));
        request.Headers.TryAddWithoutValidation("Timestamp", timestamp);
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{proof}")));
        return request;
    }

    internal List<RegistryRow> Read(ServiceReply reply, RegistryQuery query)
    {
        try
        {
            if (reply.Status != HttpStatusCode.OK) throw RemoteVehicle.NotUnderstood($"status {(int)reply.Status}");
            if (IsHtml(reply)) throw RemoteVehicle.NotUnderstood("an HTML page where XML was expected");
            using var reader = XmlReader.Create(new MemoryStream(reply.Body), Reading);
            var root = XDocument.Load(reader).Root!;
            if (Below(root, "Fault").FirstOrDefault() is { } fault)
                throw new ServiceFaultException(ServiceFaultKind.NoAnswer, $"The service answers with a fault ({CodeOf(fault)}).");
            foreach (var leaf in root.Descendants().Where(one => !one.HasElements)) RemoteVehicle.RequireSuccess(leaf.Name.LocalName, leaf.Value);
            var collection = root.DescendantsAndSelf().FirstOrDefault(one => one.Name.LocalName.EndsWith("Collection", StringComparison.OrdinalIgnoreCase))
                ?? throw RemoteVehicle.NotUnderstood("XML without a collection of vehicles");
            List<RegistryRow> rows = [];
            foreach (var vehicle in collection.Elements()) rows.AddRange(RemoteVehicle.Of(FieldsOf(vehicle), query, _seal));

            return rows;
        }
        catch (XmlException)
        {
            // Its message may quote the reply, so it is not repeated.
            throw RemoteVehicle.NotUnderstood("no whole XML, or XML with a document type or entities, which is refused");
        }
        finally
        {
            Array.Clear(reply.Body);
        }
    }

    private static bool IsHtml(ServiceReply reply)
    {
        if (reply.MediaType.Contains("html", StringComparison.OrdinalIgnoreCase)) return true;
        var start = Encoding.UTF8.GetString(reply.Body.AsSpan(0, Math.Min(256, reply.Body.Length))).TrimStart('\uFEFF', ' ', '\r', '\n', '\t');
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }

    // A fault code is a word of the protocol; the fault's text may quote the question.
    private static string CodeOf(XElement fault)
    {
        var code = Below(fault, "faultcode").FirstOrDefault()?.Value.Trim() ?? "";
        return code.Length is > 0 and <= 60 && code.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '.' or '-' or '_') ? code : "no code";
    }

    private static IEnumerable<XElement> Below(XElement element, string localName) => element.Descendants().Where(one => one.Name.LocalName == localName);

    private static Dictionary<string, string> FieldsOf(XElement vehicle)
    {
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var element in vehicle.Descendants())
        {
            if (element.HasElements) RemoteVehicle.RequirePlain(element.Name.LocalName);
            else RemoteVehicle.Add(fields, element.Name.LocalName, element.Value);
        }

        return fields;
    }
}
