using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using EdgeGateway.Sync.Commands;
using EdgeGateway.Sync.Events;
using EdgeGateway.Sync.Evidence;
using EdgeGateway.Sync.Identity;
using EdgeGateway.Sync.Registration;
using EdgeGateway.Sync.Registration.Remote;
using EdgeGateway.Sync.Tests.Evidence;
using EdgeGateway.Testing;

namespace EdgeGateway.Sync.Tests.Hostile;

/// <summary>Inputs made from the grammar of what is expected, some whole and some damaged: 10,000 of each kind, a million in the long form.</summary>
public sealed class HostileInputTests : IDisposable
{
    private static readonly DateOnly Today = new(2026, 11, 28);

    private readonly string _folder = Directory.CreateDirectory(Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"edgegateway-hostile-{Guid.NewGuid():N}")).FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>First check: the envelope of a command.</summary>
    [Fact]
    public void No_command_brings_its_reader_down() => Say(HostileInput.Run("commands", Command, text =>
    {
        var (envelope, mistake) = CommandReading.Read<CommandEnvelope>(Encoding.UTF8.GetBytes(text.Json), CommandJsonText.Strict.GetTypeInfo(typeof(CommandEnvelope))!);
        if (envelope is null || mistake is not null) return false;
        if (envelope.Signature is { } signature) _ = Bounds.FirstMistake(signature);
        if (CommandCatalogue.Find(text.Name) is { } type) _ = CommandReading.Read<object>(Encoding.UTF8.GetBytes(envelope.Data.GetRawText()), CommandJsonText.Strict.GetTypeInfo(type.Request)!);
        return true;
    }));

    /// <summary>First check: the twelve digits of a card with its fields.</summary>
    [Fact]
    public void No_text_of_a_QR_code_brings_its_reader_down() => Say(HostileInput.Run("QR texts", Card,
        text => CardQr.Read(text, Today) is CitizenCard or ImpossibleCard { Fault: not (CardFault.TooLong or CardFault.Unprintable or CardFault.FieldsMissing or CardFault.Number) }));

    /// <summary>First check: whole JSON with a list of vehicles that are understood.</summary>
    [Fact]
    public void No_reply_of_a_REST_registry_brings_its_reader_down()
    {
        using var registry = new RestRegistry(Service, null, new NoQuota(), TimeProvider.System);
        Say(HostileInput.Run("registry replies, REST", random => Reply(random, json: true), text => Understood(() => registry.Read(new ServiceReply(HttpStatusCode.OK, "application/json", Encoding.UTF8.GetBytes(text)), Query))));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_REST_reply_is_a_reply_not_understood()
    {
        using var registry = new RestRegistry(Service, null, new NoQuota(), TimeProvider.System);
        var body = """{"data":[{"bienSo":"37A12345","mauBien":"\uDA00"}]}"""u8.ToArray();
        var fault = Assert.Throws<ServiceFaultException>(() => registry.Read(new ServiceReply(HttpStatusCode.OK, "application/json", body), Query));
        Assert.Equal(ServiceFaultKind.NoAnswer, fault.Kind);
    }

    /// <summary>First check: whole XML with a collection of vehicles that are understood.</summary>
    [Fact]
    public void No_reply_of_a_SOAP_registry_brings_its_reader_down()
    {
        using var registry = new SoapRegistry(Service, null, new NoQuota(), TimeProvider.System);
        Say(HostileInput.Run("registry replies, SOAP", random => Reply(random, json: false), text => Understood(() => registry.Read(new ServiceReply(HttpStatusCode.OK, "text/xml", Encoding.UTF8.GetBytes(text)), Query))));
    }

    /// <summary>First check: an archive whose directory and names are those of a package.</summary>
    [Fact]
    public void No_evidence_archive_brings_its_verifier_down()
    {
        using var key = GatewaySigningKey.Init(_folder);
        using var open = EvidencePublicKey.FromPem(key.PublicPem);
        using var store = EvidenceStore.Open(TestEvidence.Options(_folder), key, TimeProvider.System);
        var packages = Enumerable.Range(1, 4).Select(i => File.ReadAllBytes(store.Keep(TestEvidence.Facts(i), TestEvidence.Parts(clipBytes: 300 * i)).Path)).ToArray();
        var path = Path.Combine(_folder, "hostile.zip");
        Say(HostileInput.Run("evidence archives", random => Archive(random, packages), bytes =>
        {
            File.WriteAllBytes(path, bytes);
            return EvidenceVerifier.Verify(path, [open]).Fault != VerificationFault.Unreadable;
        }));
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    private static (string Name, string Json) Command(Random random)
    {
        var name = random.Next(20) == 0 ? HostileInput.Word(random) : CommandCatalogue.All[random.Next(CommandCatalogue.All.Count)].Name;
        string Text(string good) => "\"" + (random.Next(10) == 0 ? Escaped(HostileInput.Word(random)) : good) + "\"";
        string Id() => Text(Ulid.NewUlid(DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(1L << 42))).ToString());
        string Many(Func<string> one) => $"[{string.Join(',', Enumerable.Range(0, random.Next(20) == 0 ? 600 : random.Next(4)).Select(_ => one()))}]";
        string Number() => random.OneOf("0", "800", "-1", "1000001", "1e3", "1.5", "9223372036854775808");
        var members = new List<string>();
        switch (name)
        {
            case "acknowledge": members.Add($"\"ids\":{Many(Id)}"); break;
            case "fetch_evidence": members.AddRange([$"\"event\":{Id()}", $"\"officer\":{Text("A-204")}", $"\"files\":{Many(() => Text("still-at.jpg"))}"]); break;
            case "hold": members.AddRange([$"\"violation\":{Id()}", $"\"on\":{random.OneOf("true", "false", "1")}", $"\"officer\":{Text("A-204")}", $"\"reason\":{Text("khiếu nại")}", $"\"until\":{Text("2027-01-01T00:00:00.000Z")}"]); break;
            case "case_update": members.AddRange([$"\"violation\":{Id()}", $"\"state\":{Text("OWNER_FOUND")}", $"\"officer\":{Text("A-204")}", $"\"case\":{Text("HS-1")}"]); break;
            case "set_occupancy": members.AddRange([$"\"camera\":{Text("cong-1")}", $"\"counter\":{Text("visitors")}", $"\"present\":{Number()}", $"\"officer\":{Text("A-204")}"]); break;
            case "open_gate": members.AddRange([$"\"gate\":{Text("cong-1")}", $"\"officer\":{Text("A-204")}", $"\"reason\":{Text("xe cứu thương")}"]); break;
            default: members.AddRange([$"\"camera\":{Text("cong-1")}", $"\"officer\":{Text("A-204")}", $"\"annotated\":{random.OneOf("true", "false", "null", "\"x\"")}"]); break;
        }

        if (random.Next(6) == 0) members.RemoveAt(random.Next(members.Count));
        if (random.Next(6) == 0 && members.Count > 0) members.Add(members[random.Next(members.Count)]);
        if (random.Next(6) == 0) members.Add($"\"{Escaped(HostileInput.Word(random))}\":{new string('[', random.Next(12))}");
        var nested = members.Count > 0 && members[^1].EndsWith('[') ? new string(']', members[^1].Length - members[^1].IndexOf('[', StringComparison.Ordinal)) : "";
        if (members.Count > 0 && members[^1].EndsWith(':')) members[^1] += "{}";
        var data = $"{{{string.Join(',', members)}{nested}}}";
        var signature = random.Next(3) == 0
            ? $",\"signature\":{{\"issuedAt\":{Text("2026-11-28T01:00:00.000Z")},\"expiresAt\":{Text("2026-11-28T01:02:00Z")},\"nonce\":{Text("0123456789abcdef0")},\"value\":{Text(Convert.ToBase64String(Guid.NewGuid().ToByteArray()))}}}" : "";
        var json = $"{{\"id\":\"q-{random.Next()}\"{(random.Next(3) == 0 ? ",\"replyTo\":\"ioc/replies/1\"" : "")},\"data\":{data}{signature}}}";
        return (name, random.Next(4) == 0 ? HostileInput.Damage(random, json) : json);
    }

    private static string Escaped(string text) => System.Text.Json.JsonEncodedText.Encode(text).ToString();

    private static string Card(Random random)
    {
        var born = new DateOnly(1930, 1, 1).AddDays(random.Next(34_000));
        var issued = born.AddDays(random.Next(1, 30_000));
        var woman = random.Next(2);
        var century = born.Year >= 2000 ? 2 : 0;
        var number = random.Next(15) == 0 ? HostileInput.Word(random, 14) : string.Create(CultureInfo.InvariantCulture, $"{random.Next(1, 400):000}{century + woman}{born.Year % 100:00}{random.Next(1_000_000):000000}");
        string Day(DateOnly day) => random.Next(15) == 0 ? HostileInput.Word(random, 9) : day.ToString("ddMMyyyy", CultureInfo.InvariantCulture);
        var old = random.Next(3) switch { 0 => "", 1 => random.Next(100_000_000, 999_999_999).ToString(CultureInfo.InvariantCulture), _ => HostileInput.Word(random, 12) };
        var name = random.Next(6) == 0 ? HostileInput.Word(random) : random.OneOf("NGUYỄN THỊ THỬ NGHIỆM", "LÊ VĂN GIẢ LẬP", "A", "Đ'ÔNG-X");
        string[] fields = [number, old, name, Day(born), random.Next(12) == 0 ? HostileInput.Word(random, 4) : woman == 1 ? "Nữ" : "Nam", random.Next(4) == 0 ? HostileInput.Word(random, 60) : "Khối 0, Phường Mẫu", Day(issued)];
        if (random.Next(4) == 0) random.Shuffle(fields.AsSpan(1));
        var text = string.Join('|', fields) + new string('|', random.Next(8) == 0 ? random.Next(20) : 0);
        if (random.Next(8) == 0) text = text.Normalize(NormalizationForm.FormD);
        return random.Next(4) == 0 ? HostileInput.Damage(random, text) : text;
    }

    private static string Reply(Random random, bool json)
    {
        var vehicles = Enumerable.Range(0, random.Next(30) == 0 ? 200 : random.Next(4)).Select(_ => json ? JsonVehicle(random) : XmlVehicle(random)).ToArray();
        var text = json
            ? random.Next(4) switch
            {
                0 => $"[{string.Join(',', vehicles)}]",
                1 => $"{{\"maLoi\":\"0\",\"{random.OneOf("data", "items", "ketQua", "danhSach", "result")}\":[{string.Join(',', vehicles)}]}}",
                2 => $"{{\"data\":{{\"items\":[{string.Join(',', vehicles)}]}}}}",
                _ => $"{{\"data\":{(vehicles.Length == 0 ? "null" : vehicles[0])}}}",
            }
            : $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><d:R xmlns:d=\"http://dancuquocgia.bca\"><d:PhuongTienCollection>{string.Concat(vehicles)}</d:PhuongTienCollection></d:R></s:Body></s:Envelope>";
        return random.Next(4) == 0 ? HostileInput.Damage(random, text) : text;
    }

    private static IEnumerable<(string Name, string Value)> Fields(Random random)
    {
        string Or(string good, int oneIn = 60) => random.Next(oneIn) == 0 ? HostileInput.Word(random) : good;
        yield return (random.OneOf("bienSo", "bienKiemSoat", "bks", "plate"), Or(random.OneOf("37A12345", "37A-123.45", "29B11234")));
        yield return (random.OneOf("mauBien", "mauBienSo", "colour"), Or(random.OneOf("Trắng", "Vàng", "Xanh", "trang")));
        yield return (random.OneOf("loaiXe", "vehicle"), Or(random.OneOf("Ô tô con", "Xe máy", "Xe tải")));
        yield return (random.OneOf("hieuLucTu", "validFrom"), Or(random.OneOf("2023-01-01", "20230101", "01/01/2023", "")));
        yield return (random.OneOf("hieuLucDen", "validTo"), Or(random.OneOf("", "2027-12-31", "20271231")));
        yield return ("trangThai", Or(random.OneOf("Đang lưu hành", "Thu hồi", "revoked"), 4));
        yield return ("nhanHieu", Or("THỬ NGHIỆM", 4));
    }

    private static IEnumerable<(string Name, string Value)> Owner(Random random)
    {
        string Or(string good) => random.Next(4) == 0 ? HostileInput.Word(random) : good;
        yield return (random.OneOf("hoVaTen", "hoTen", "ownerName"), Or("LÊ VĂN GIẢ LẬP"));
        yield return (random.OneOf("soDinhDanh", "ownerId"), Or("040205012345"));
        yield return ("ngaySinh", Or("20050228"));
        yield return ("diaChi", Or("Khối 0, Phường Mẫu, Nghệ An"));
    }

    private static string JsonVehicle(Random random)
    {
        string Members(IEnumerable<(string Name, string Value)> fields) => string.Join(',', fields.Where(_ => random.Next(200) > 0).Select(field => $"\"{field.Name}\":{(field.Value.Length == 0 ? "null" : $"\"{Escaped(field.Value)}\"")}"));
        return random.Next(2) == 0 ? $"{{{Members(Fields(random))},\"chuXe\":{{{Members(Owner(random))}}}}}" : $"{{{Members(Fields(random).Concat(Owner(random)))}}}";
    }

    private static string XmlVehicle(Random random)
    {
        string Elements(IEnumerable<(string Name, string Value)> fields) => string.Concat(fields.Where(_ => random.Next(200) > 0).Select(field => $"<d:{field.Name}>{Clean(field.Value)}</d:{field.Name}>"));
        return $"<d:PhuongTien>{Elements(Fields(random))}<d:ChuXe>{Elements(Owner(random))}</d:ChuXe></d:PhuongTien>";

        // Characters that XML 1.0 does not have at all are left to the damage.
        static string Clean(string text) => WebUtility.HtmlEncode(new string([.. text.Where(c => c is >= ' ' and < '\uD800')]));
    }

    private static bool Understood(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (ServiceFaultException)
        {
            return false;
        }
    }

    /// <summary>A package as it is, with damaged content, with lies in its headers, with doubled, renamed or missing entries, or cut.</summary>
    private static byte[] Archive(Random random, byte[][] packages)
    {
        var bytes = packages[random.Next(packages.Length)].AsSpan().ToArray();
        var way = random.Next(10);
        if (way == 0) return bytes;
        var end = bytes.AsSpan().LastIndexOf("PK\x05\x06"u8);
        var directory = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(end + 16));
        var headers = new List<int>();
        for (var at = directory; at < end; at += 46 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 28)) + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 30)) + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 32))) headers.Add(at);
        var header = headers[random.Next(headers.Count)];
        var local = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(header + 42));
        switch (way)
        {
            case 1 or 2 or 3: // content, names and local headers, anywhere before the directory
                for (var times = random.Next(1, 6); times > 0; times--) bytes[random.Next(directory)] ^= (byte)(1 << random.Next(8));
                break;
            case 4: // sizes and checksums that lie, up to the marks of ZIP64
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(header + random.OneOf(16, 20, 24)), random.OneOf(0u, 1u, uint.MaxValue, 0x7FFFFFFFu, (uint)random.Next(1 << 20)));
                break;
            case 5: // method, flags, version
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(header + random.OneOf(4, 6, 8, 10)), (ushort)random.OneOf(0, 8, 9, 12, 14, 1, 0x800, random.Next(65536)));
                break;
            case 6: // two entries share one place
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(header + 42), random.Next(4) == 0 ? random.Next(-10, bytes.Length + 10) : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(headers[random.Next(headers.Count)] + 42)));
                break;
            case 7: // a name's byte
                bytes[header + 46 + random.Next(BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(header + 28)))] = (byte)random.OneOf('a', '/', '.', '\\', 0, 0xFF, 'Z');
                break;
            case 8: // the local header
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(local + random.OneOf(6, 8, 18, 22, 26, 28)), (ushort)random.Next(65536));
                break;
            default: // the directory and its end, or a cut
                if (random.Next(3) == 0) return bytes[..random.Next(bytes.Length)];
                for (var times = random.Next(1, 4); times > 0; times--) bytes[random.Next(directory, bytes.Length)] ^= (byte)(1 << random.Next(8));
                break;
        }

        return bytes;
    }

    private static RegistryQuery Query { get; } = new("37A12345", PlateColour.White, ObjectKind.Car, new DateTimeOffset(2026, 11, 20, 1, 15, 0, TimeSpan.Zero), Registration.Registry.Officer, "yeu-cau-1");

    private static ServiceOptions Service { get; } = new() { Url = new Uri("https://127.0.0.1:1/") };

    private sealed class NoQuota : IQuotaBook
    {
        public bool TryTake(string source, DateOnly day, int most) => true;
    }
}
