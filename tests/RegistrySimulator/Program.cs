using System.Globalization;
using EdgeGateway.RegistrySimulator;

// The simulator by itself, for demonstrations: scripts/registry-simulator.sh
const string Usage = "usage: registry-simulator [--port N] [--folder DIR] [--faults server_error,slow,truncated,huge,html_page,xml_entities,unauthorised,too_many,service_fault] [--share 0.3] [--certificate good|other_name|expired] [--no-client-certificate]";
if (args is ["--help" or "-h"])
{
    Console.WriteLine(Usage);
    return 0;
}

var options = new SimulatorOptions { Port = 8443, Folder = Path.Combine(Path.GetTempPath(), "registry-simulator") };
try
{
    for (var i = 0; i < args.Length; i++)
    {
        options = args[i] switch
        {
            "--port" => options with { Port = int.Parse(args[++i], CultureInfo.InvariantCulture) },
            "--folder" => options with { Folder = args[++i] },
            "--faults" => options with { Faults = [.. args[++i].Split(',').Select(Word<Fault>)], FaultShare = options.FaultShare > 0 ? options.FaultShare : 0.3 },
            "--share" => options with { FaultShare = double.Parse(args[++i], CultureInfo.InvariantCulture) },
            "--certificate" => options with { Certificate = Word<CertificateKind>(args[++i]) },
            "--no-client-certificate" => options with { AsksClientCertificate = false },
            _ => throw new FormatException($"unknown: {args[i]}"),
        };
    }
}
catch (Exception fault) when (fault is FormatException or IndexOutOfRangeException or ArgumentException or OverflowException)
{
    Console.Error.WriteLine($"{fault.Message}\n{Usage}");
    return 2;
}

await using var simulator = await Simulator.StartAsync(options);
var tls = $"--cacert {simulator.CaFile} --cert {simulator.CertificateFile} --key {simulator.KeyFile}";
Console.WriteLine($$"""
    REST  {{simulator.RestUrl}}
    SOAP  {{simulator.SoapUrl}}
    token {{simulator.TokenUrl}}
    user {{options.User}}, password {{options.Secret}} (invented)
    Try: TOKEN=$(curl -s {{tls}} -u {{options.User}}:{{options.Secret}} -d grant_type=client_credentials {{simulator.TokenUrl}} | grep -o '[0-9a-f]\{32\}')
         curl -s {{tls}} -H "Authorization: Bearer $TOKEN" {{simulator.RestUrl}}/tracuu/ttxe/37A12345/white/car
         curl -s {{tls}} -H "Authorization: Bearer $TOKEN" -d '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><TraCuuThongTinPhuongTien xmlns="http://dancuquocgia.bca"><BienSo>37A12345</BienSo></TraCuuThongTinPhuongTien></e:Body></e:Envelope>' {{simulator.SoapUrl}}
    Ends with Ctrl+C.
    """);
using var stop = new CancellationTokenSource();
using var interrupted = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGINT, Stop);
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, Stop);
await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
return 0;

void Stop(System.Runtime.InteropServices.PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

static T Word<T>(string word) where T : struct, Enum => Enum.Parse<T>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
