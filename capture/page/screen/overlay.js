// The self-view: the picture that was tracked with its own landmarks on it, so that they lie where they belong
// even on a slow phone, where the live picture would run ahead of them.

const POINTS = "rgba(255, 255, 255, 0.8)";
const LINES = "rgba(120, 232, 255, 0.95)";

export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d", { alpha: true });
  }

  clear() {
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** Keeps the picture that `video` shows at this moment. */
  showPicture(video, [width, height]) {
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.pen.drawImage(video, 0, 0, width, height);
  }

  /** `landmarks` as in the packet; `contours` is a list of {start, end}. */
  drawFace(landmarks, contours) {
    const unit = Math.max(this.canvas.width, this.canvas.height) / 640;
    this.#points(landmarks, 1.6 * unit);
    this.#lines(landmarks, contours, 1.4 * unit);
  }

  #points(landmarks, size) {
    const { width, height } = this.canvas;
    this.pen.fillStyle = POINTS;
    for (let i = 0; i < landmarks.length; i += 3) {
      this.pen.fillRect(landmarks[i] * width - size / 2, landmarks[i + 1] * height - size / 2, size, size);
    }
  }

  #lines(landmarks, contours, width) {
    const at = (index) => [landmarks[3 * index] * this.canvas.width, landmarks[3 * index + 1] * this.canvas.height];
    this.pen.strokeStyle = LINES;
    this.pen.lineWidth = width;
    this.pen.beginPath();
    for (const { start, end } of contours) {
      this.pen.moveTo(...at(start));
      this.pen.lineTo(...at(end));
    }
    this.pen.stroke();
  }
}
