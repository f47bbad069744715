using System.Buffers.Binary;
using System.Security.Cryptography;

namespace EdgeGateway.Sync.Storage;

/// <summary>
/// Files under a storage seal: <c>EGSEAL1\n | salt (32) | chunks</c>, each chunk 64 KiB of AES-256-GCM with its tag, the last one shorter and marked as the
/// last in its nonce: a file that is cut, mixed or altered does not open (the STREAM construction as the age format uses it, c2sp.org/age). Each file has
/// its own key by HKDF, so chunk numbers may be nonces. Reading seeks: an archive's directory is read without the rest.
/// </summary>
public static class SealedFile
{
    /// <summary>Read and written by its user, read by its group.</summary>
    public const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>What the name of a sealed file ends in.</summary>
    public const string Ending = ".sealed";

    private const int SaltBytes = 32;
    private const int ChunkBytes = 64 * 1024;
    private const int TagBytes = 16;

    private static ReadOnlySpan<byte> Magic => "EGSEAL1\n"u8;

    private static int HeaderBytes => Magic.Length + SaltBytes;

    /// <summary>True when the file begins as a sealed one.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsSealed(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        return BeginsSealed(file);
    }

    /// <summary>Opens a file to read, sealed or not.</summary>
    /// <exception cref="StorageSealException">It is sealed, and the key is absent or another.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Stream OpenRead(string path, StorageSeal? seal)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            if (!BeginsSealed(file))
            {
                file.Position = 0;
                return file;
            }

            if (seal is null) throw StorageSealException.NoKey(path);
            foreach (var former in seal.Former)
            {
                // Under which key it lies nothing in it says: the end of the file opens under one only.
                try { return new Reader(path, file, seal); }
                catch (StorageSealException) { seal = former; }
            }

            return new Reader(path, file, seal);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a new file down to the disk; sealed where a seal is given. What a fault leaves is the caller's to delete.</summary>
    /// <exception cref="IOException">The disk refuses, or the file exists.</exception>
    public static void Write(string path, StorageSeal? seal, Action<Stream> write, UnixFileMode mode = OwnerAndGroup)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 64 * 1024 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        using var file = new FileStream(path, options);
        if (seal is null)
        {
            write(file);
        }
        else
        {
            using var sealing = new Writer(file, seal);
            write(sealing);
            sealing.Complete();
        }

        file.Flush(flushToDisk: true);
    }

    /// <summary>
    /// Seals a file that lies in clear: written beside it, on the disk, then the clear one goes. Killed in between both are there, and the same call again
    /// ends the work.
    /// </summary>
    /// <returns>The sealed file's path.</returns>
    /// <exception cref="IOException">The disk refuses; the clear file is untouched.</exception>
    public static string SealInPlace(string path, StorageSeal seal)
    {
        var target = path + Ending;
        Copy(path, target, seal);
        File.Delete(path);
        return target;
    }

    /// <summary>The same without the last step, for whoever must note the new name first.</summary>
    internal static void Copy(string path, string target, StorageSeal seal)
    {
        var partial = target + ".partial";
        File.Delete(partial);
        try
        {
            using var clear = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Write(partial, seal, clear.CopyTo);
            File.SetLastWriteTimeUtc(partial, File.GetLastWriteTimeUtc(path)); // ages are told by it
            File.Move(partial, target, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>
    /// Seals a sealed file anew where it lies under a former key. Written beside it and on the disk before it takes the old one's place: killed in between, the same
    /// call again ends the work.
    /// </summary>
    /// <returns>False where it was under this key already.</returns>
    /// <exception cref="IOException">The disk refuses, or no key opens it; the file is untouched.</exception>
    public static bool Reseal(string path, StorageSeal seal)
    {
        var partial = path + ".partial";
        File.Delete(partial);
        using (var alone = seal.Alone())
        {
            try
            {
                using var known = OpenRead(path, alone);
                return false;
            }
            catch (StorageSealException)
            {
                // under a former one
            }
        }

        try
        {
            using (var former = OpenRead(path, seal)) Write(partial, seal, former.CopyTo, OperatingSystem.IsWindows() ? OwnerAndGroup : File.GetUnixFileMode(path));
            File.SetLastWriteTimeUtc(partial, File.GetLastWriteTimeUtc(path)); // ages are told by it
            File.Move(partial, path, overwrite: true);
            return true;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static bool BeginsSealed(FileStream file)
    {
        Span<byte> head = stackalloc byte[Magic.Length];
        file.Position = 0;
        return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(Magic);
    }

    private static void Nonce(Span<byte> nonce, long chunk, bool isLast)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[3..], chunk);
        nonce[11] = isLast ? (byte)1 : (byte)0;
    }

    private sealed class Writer : Stream
    {
        private readonly FileStream _file;
        private readonly AesGcm _key;
        private readonly byte[] _clear = new byte[ChunkBytes];
        private readonly byte[] _sealed = new byte[ChunkBytes + TagBytes];
        private int _filled;
        private long _chunk;
        private long _length;

        public Writer(FileStream file, StorageSeal seal)
        {
            _file = file;
            Span<byte> salt = stackalloc byte[SaltBytes];
            RandomNumberGenerator.Fill(salt);
            _key = seal.FileKey(salt);
            file.Write(Magic);
            file.Write(salt);
        }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        /// <summary>The end of the file is meant: without it the file does not open.</summary>
        public void Complete() => Put(isLast: true);

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _length += buffer.Length;
            while (!buffer.IsEmpty)
            {
                // A full chunk goes out only when more follows: the last one carries the mark.
                if (_filled == ChunkBytes) Put(isLast: false);
                var take = Math.Min(buffer.Length, ChunkBytes - _filled);
                buffer[..take].CopyTo(_clear.AsSpan(_filled));
                _filled += take;
                buffer = buffer[take..];
            }
        }

        public override void Flush()
        {
            // A chunk is whole or not there.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _key.Dispose();
                CryptographicOperations.ZeroMemory(_clear);
            }

            base.Dispose(disposing);
        }

        private void Put(bool isLast)
        {
            Span<byte> nonce = stackalloc byte[12];
            Nonce(nonce, _chunk++, isLast);
            _key.Encrypt(nonce, _clear.AsSpan(0, _filled), _sealed.AsSpan(0, _filled), _sealed.AsSpan(_filled, TagBytes));
            _file.Write(_sealed, 0, _filled + TagBytes);
            _filled = 0;
        }
    }

    private sealed class Reader : Stream
    {
        private readonly string _path;
        private readonly FileStream _file;
        private readonly AesGcm _key;
        private readonly byte[] _clear = new byte[ChunkBytes];
        private readonly byte[] _sealed = new byte[ChunkBytes + TagBytes];
        private readonly long _chunks;
        private readonly long _length;
        private long _held = -1;
        private long _position;

        public Reader(string path, FileStream file, StorageSeal seal)
        {
            (_path, _file) = (path, file);
            Span<byte> salt = stackalloc byte[SaltBytes];
            file.Position = Magic.Length;
            file.ReadExactly(salt);
            _key = seal.FileKey(salt);
            var body = file.Length - HeaderBytes;
            _chunks = (body + ChunkBytes + TagBytes - 1) / (ChunkBytes + TagBytes);
            _length = body - _chunks * TagBytes;
            // The end first: a cut file says so before anything of it is believed.
            if (_chunks == 0 || _length < 0) throw Wrong(null);
            Hold(_chunks - 1);
        }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => _length;

        public override long Position
        {
            get => _position;
            set => _position = value >= 0 ? value : throw new IOException("A position before the beginning.");
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_position >= _length || buffer.IsEmpty) return 0;
            Hold(_position / ChunkBytes);
            var from = (int)(_position % ChunkBytes);
            var take = (int)Math.Min(Math.Min(buffer.Length, ChunkBytes - from), _length - _position);
            _clear.AsSpan(from, take).CopyTo(buffer);
            _position += take;
            return take;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            _ => _length + offset,
        };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _key.Dispose();
                _file.Dispose();
                CryptographicOperations.ZeroMemory(_clear);
            }

            base.Dispose(disposing);
        }

        private void Hold(long chunk)
        {
            if (chunk == _held) return;
            _held = -1;
            var isLast = chunk == _chunks - 1;
            var length = isLast ? (int)(_length - chunk * ChunkBytes) : ChunkBytes;
            _file.Position = HeaderBytes + chunk * (ChunkBytes + TagBytes);
            Span<byte> nonce = stackalloc byte[12];
            Nonce(nonce, chunk, isLast);
            try
            {
                _file.ReadExactly(_sealed, 0, length + TagBytes);
                _key.Decrypt(nonce, _sealed.AsSpan(0, length), _sealed.AsSpan(length, TagBytes), _clear.AsSpan(0, length));
            }
            catch (Exception fault) when (fault is AuthenticationTagMismatchException or EndOfStreamException)
            {
                throw Wrong(fault);
            }

            _held = chunk;
        }

        private StorageSealException Wrong(Exception? fault) => StorageSealException.Wrong(_path, fault ?? new EndOfStreamException());
    }
}
