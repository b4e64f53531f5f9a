// MediaPipe on a picture of the head that is measured, so that no camera is needed.

const FACE_PX = 480;

/**
 * {track, landmarks, delegate}: `track()` finds the landmarks of the picture once more.
 * Throws where MediaPipe is not installed on the desktop, does not load, or sees no face.
 */
export async function loadTracker(picture, delegate) {
  const vision = await import("/mediapipe/vision_bundle.mjs");
  const files = await vision.FilesetResolver.forVisionTasks("/mediapipe/wasm");
  const task = await vision.FaceLandmarker.createFromOptions(files, {
    baseOptions: { modelAssetPath: "/model/face_landmarker.task", delegate },
    runningMode: "VIDEO",
    numFaces: 1,
    outputFacialTransformationMatrixes: true,
  });
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = FACE_PX;
  canvas.getContext("2d")?.drawImage(picture, 0, 0, FACE_PX, FACE_PX);
  let timeMs = 0;
  const track = () => task.detectForVideo(canvas, (timeMs += 33)).faceLandmarks[0];
  const found = track();
  if (!found) throw new Error("MediaPipe saw no face in the picture");
  return { track, landmarks: found };
}

/** Ways from the first sight, flattened: what the network takes, in size if not in meaning. */
export function displacementsFrom(first) {
  const flat = new Float32Array(3 * first.length);
  return (landmarks) => {
    for (let i = 0; i < first.length; i++) {
      flat[3 * i] = 0.15 * (landmarks[i].x - first[i].x);
      flat[3 * i + 1] = -0.15 * (landmarks[i].y - first[i].y);
      flat[3 * i + 2] = -0.15 * (landmarks[i].z - first[i].z);
    }
    return flat;
  };
}
