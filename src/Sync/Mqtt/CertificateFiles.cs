using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using EdgeGateway.Sync.Events;

namespace EdgeGateway.Sync.Mqtt;

/// <summary>A file that a connection to the broker needs cannot be used; the words name its setting and the file, say why, and what to do.</summary>
public sealed class CertificateFileException : Exception, IToldInBoth
{
    internal CertificateFileException(string setting, TwoLanguages why, Exception? inner = null) : base($"{setting}: {why.En}.", inner) =>
        (Setting, Told) = (setting, new TwoLanguages($"{setting}: {why.Vi}", $"{setting}: {why.En}"));

    /// <summary>Which setting names the file: <c>mqtt.keyFile</c>.</summary>
    public string Setting { get; }

    /// <inheritdoc/>
    public TwoLanguages Told { get; }
}

/// <summary>
/// Loads <c>mqtt.caFile</c>, <c>mqtt.certificateFile</c> and <c>mqtt.keyFile</c>: for a connection, for a rotation, and for <c>validate</c>. The platform says of a
/// wrong file neither which it is nor, of one without a certificate, anything at all.
/// </summary>
public static class CertificateFiles
{
    /// <summary>The authorities of <c>mqtt.caFile</c>.</summary>
    /// <exception cref="CertificateFileException">It cannot be read, or holds no certificate.</exception>
    public static X509Certificate2Collection Authorities(string file)
    {
        var found = new X509Certificate2Collection();
        var text = TextOf("mqtt.caFile", file);
        try { found.ImportFromPem(text); }
        catch (CryptographicException fault) { throw NoCertificate("mqtt.caFile", file, fault); }
        return found.Count > 0 ? found : throw NoCertificate("mqtt.caFile", file);
    }

    /// <summary>The gateway's own certificate with its key.</summary>
    /// <exception cref="CertificateFileException">One cannot be read, holds nothing of its kind, or they do not belong together.</exception>
    public static X509Certificate2 Own(string certificateFile, string? keyFile)
    {
        var (certificate, key) = (TextOf("mqtt.certificateFile", certificateFile), keyFile is null ? null : TextOf("mqtt.keyFile", keyFile));
        try { X509Certificate2.CreateFromPem(certificate).Dispose(); }
        catch (CryptographicException fault) { throw NoCertificate("mqtt.certificateFile", certificateFile, fault); }
        try { return X509Certificate2.CreateFromPem(certificate, key ?? certificate); }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            var where = keyFile ?? certificateFile;
            throw fault is ArgumentException || fault.InnerException is ArgumentException
                ? new CertificateFileException("mqtt.keyFile", new TwoLanguages(
                    $"khóa trong {where} không thuộc chứng thư trong {certificateFile}. Ghi đúng khóa đã dùng để xin chứng thư đó",
                    $"the key in {where} does not belong to the certificate in {certificateFile}. Name the key with which that certificate was requested"), fault)
                : new CertificateFileException("mqtt.keyFile", new TwoLanguages(
                    $"{where} không chứa khóa riêng của chứng thư trong {certificateFile}. Cần khóa PEM, cùng loại (RSA hoặc EC), không có mật khẩu",
                    $"{where} holds no private key for the certificate in {certificateFile}. A PEM of the same kind (RSA or EC) without a passphrase is needed"), fault);
        }
    }

    private static string TextOf(string setting, string file)
    {
        try { return File.ReadAllText(file); }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CertificateFileException(setting, new TwoLanguages($"không có tệp {file}. Chép tệp vào đó hoặc sửa đường dẫn", $"{file} is not there. Put it there, or mend the path"), fault);
        }
        catch (Exception fault) when (fault is UnauthorizedAccessException)
        {
            throw new CertificateFileException(setting, new TwoLanguages(
                $"dịch vụ không được đọc {file}. Chạy: sudo chgrp edgegateway {file} && sudo chmod 640 {file}, và xem quyền của thư mục chứa nó",
                $"{file} may not be read by this user. Run: sudo chgrp edgegateway {file} && sudo chmod 640 {file}, and look at the rights of its folder"), fault);
        }
        catch (IOException fault)
        {
            throw new CertificateFileException(setting, new TwoLanguages($"không đọc được {file} ({CauseInVietnamese.Of(fault)})", $"{file} cannot be read ({fault.Message.TrimEnd('.')})"), fault);
        }
    }

    private static CertificateFileException NoCertificate(string setting, string file, Exception? fault = null) => new(
        setting, new TwoLanguages(
            $"{file} không chứa chứng thư nào đọc được. Cần tệp PEM có dòng -----BEGIN CERTIFICATE-----",
            $"{file} holds no certificate that can be read. A PEM file with the line -----BEGIN CERTIFICATE----- is needed"), fault);
}
