using System.Diagnostics;

namespace EdgeGateway.Configuration;

/// <summary>
/// Credentials that systemd keeps sealed to this machine (LoadCredentialEncrypted=), for commands that a person starts with sudo: only root can open them, through
/// <c>systemd-creds</c>. The service gets them opened by systemd and never comes here.
/// </summary>
internal static class SealedCredential
{
    /// <summary>How such a file's name ends.</summary>
    public const string Ending = ".cred";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20); // a TPM takes its time

    /// <summary>The secret; null when there is no such file or this user or machine cannot open it.</summary>
    public static string? Read(string path, string name)
    {
        if (!File.Exists(path) || Environment.UserName != "root") return null;
        try
        {
            using var process = Process.Start(new ProcessStartInfo("systemd-creds", ["decrypt", $"--name={name}", path, "-"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var text = process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(Patience)) process.Kill();
            return process.ExitCode == 0 && text.TrimEnd('\r', '\n') is { Length: > 0 } secret ? secret : null;
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return null; // no systemd-creds on this machine
        }
    }
}
