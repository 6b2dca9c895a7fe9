// Downloads of model files, by node-llama-cpp's downloader: several connections, resumable, models in several parts.
import { createModelDownloader } from 'node-llama-cpp';

export type DownloadOptions = {
  /** `hf:user/repository/file.gguf#revision`, `hf:user/repository:quantization`, or a URL. */
  uri: string;
  directory: string;
  /** Null: the downloader's choice. */
  fileName: string | null;
  huggingFaceEndpoint: string;
  onProgress: (progress: DownloadProgress) => void;
  /** Stops the download; what has come stays, to be gone on with. */
  signal: AbortSignal;
};

/** In bytes, bytes per second, and seconds. `totalBytes` is 0 when the server does not tell. */
export type DownloadProgress = {
  doneBytes: number;
  totalBytes: number;
  bytesPerSecond: number;
  secondsLeft: number;
};

export type DownloadedModel = {
  /** The file to load: of a model in several parts, the first. */
  file: string;
  /** Every file, with the size that the server told (0 when it did not). */
  files: { path: string; totalBytes: number }[];
};

/**
 * Downloads, or goes on with what an earlier try left; a file that is there in full is left alone. Throws the downloader's
 * errors, of which those with a `statusCode` are the server's answers. It retries a broken connection for minutes: give it a signal.
 */
export async function downloadModel(options: DownloadOptions): Promise<DownloadedModel> {
  const downloader = await createModelDownloader({
    modelUri: options.uri,
    dirPath: options.directory,
    ...(options.fileName === null ? {} : { fileName: options.fileName }),
    endpoints: { huggingFace: options.huggingFaceEndpoint },
    deleteTempFileOnCancel: false,
    onProgress: ({ totalSize, downloadedSize, averageSpeed, estimatedTimeLeft }) => {
      options.onProgress({
        doneBytes: downloadedSize,
        totalBytes: totalSize,
        bytesPerSecond: averageSpeed,
        // The downloader counts milliseconds.
        secondsLeft: estimatedTimeLeft / 1000,
      });
    },
  });
  const file = await downloader.download({ signal: options.signal });
  // The downloader ends well when it was told to stop.
  options.signal.throwIfAborted();
  return {
    file,
    files: downloader.filesInfo.map(({ filePath, totalSize }) => ({ path: filePath, totalBytes: totalSize })),
  };
}
