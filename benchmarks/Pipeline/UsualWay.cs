using EdgeGateway.Vision.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OpenCvSharp;
using OpenCvSharp.Dnn;

namespace EdgeGateway.Benchmarks.Pipeline;

/// <summary>
/// How such a program is usually written in C#, kept fair: OpenCV's VideoCapture decodes, cvtColor, resize, copyMakeBorder and
/// blobFromImage prepare (all native and vectorised), an ordinary session.Run infers with a tensor made for each frame, the
/// output is walked once and OpenCV's NMSBoxes thins it. Same model, same threads, same analysed frames as ours.
/// </summary>
internal sealed class UsualWay(string modelPath, string inputName, int size, int classes) : IDisposable
{
    private readonly InferenceSession _session = new(modelPath, Options());

    /// <summary>Decodes the whole clip and analyses every <paramref name="every"/>-th frame.</summary>
    /// <returns>Frames decoded, frames analysed, objects found.</returns>
    public (int Decoded, int Analysed, int Objects) Run(string clip, int every)
    {
        using var capture = new VideoCapture(clip, VideoCaptureAPIs.FFMPEG);
        using var frame = new Mat();
        int decoded = 0, analysed = 0, objects = 0;
        while (capture.Read(frame) && !frame.Empty())
        {
            if (decoded++ % every != 0) continue;
            analysed++;
            objects += Analyse(frame);
        }

        return (decoded, analysed, objects);
    }

    public void Dispose() => _session.Dispose();

    private static SessionOptions Options()
    {
        var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }

    private int Analyse(Mat frame)
    {
        var scale = Math.Min((double)size / frame.Width, (double)size / frame.Height);
        using var resized = new Mat();
        Cv2.Resize(frame, resized, new Size((int)(frame.Width * scale), (int)(frame.Height * scale)));
        using var padded = new Mat();
        Cv2.CopyMakeBorder(resized, padded, 0, size - resized.Height, 0, size - resized.Width, BorderTypes.Constant, new Scalar(114, 114, 114));
        using var blob = CvDnn.BlobFromImage(padded, 1 / 255.0, default, default, swapRB: true, crop: false);
        var values = new float[3 * size * size];
        System.Runtime.InteropServices.Marshal.Copy(blob.Data, values, 0, values.Length);
        var tensor = new DenseTensor<float>(values, [1, 3, size, size]);
        using var results = _session.Run([NamedOnnxValue.CreateFromTensor(inputName, tensor)]);
        var output = results[0].AsTensor<float>().ToArray();
        var anchors = output.Length / (4 + classes);
        var boxes = new List<Rect>();
        var scores = new List<float>();
        for (var a = 0; a < anchors; a++)
        {
            var best = 0f;
            for (var c = 0; c < classes; c++) best = Math.Max(best, output[(4 + c) * anchors + a]);
            if (best < 0.3f) continue;
            float cx = output[a], cy = output[anchors + a], w = output[2 * anchors + a], h = output[3 * anchors + a];
            boxes.Add(new Rect((int)((cx - w / 2) / scale), (int)((cy - h / 2) / scale), (int)(w / scale), (int)(h / scale)));
            scores.Add(best);
        }

        CvDnn.NMSBoxes(boxes, scores, 0.3f, 0.6f, out int[] kept);
        return kept.Length;
    }
}
