// A head that follows a face, on Android: MediaPipe's landmarks in, vertices out.
//
//   implementation("com.google.ai.edge.litert:litert:1.4.0")
//
// `displacements` are MediaPipe's 478 points in the head frame less the same points of the performer's neutral
// face, in metres, scaled to this head: landmark_driver/landmarks/calibration.py shows how.

import org.json.JSONObject
import org.tensorflow.lite.Interpreter
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.FloatBuffer
import java.util.zip.ZipFile

class FaceModel(file: File) {
    /** Names, units, faces and the landmarks' places: a zip behind the model. */
    val description: JSONObject = ZipFile(file).use { archive ->
        val member = archive.getInputStream(archive.getEntry("model.json"))
        JSONObject(member.readBytes().decodeToString())
    }
    private val interpreter = Interpreter(file, Interpreter.Options().setNumThreads(1))
    private val tissueState = floats(size("run", "inputs", "tissue_state"))
    private val vertices = floats(size("run", "outputs", "vertices_m"))
    private val weights = floats(size("run", "outputs", "weights"))

    init {
        val shown = description.getJSONObject("tissue").getJSONObject("shown")
        val materials = shown.getJSONArray("materials")
        val rows = (0 until materials.length()).flatMap { numbers(materials.getJSONArray(it)) }
        val gravity = numbers(shown.getJSONArray("gravity_m_s2"))
        specialise(rows.toFloatArray(), gravity.toFloatArray(), numbers(shown.getJSONArray("bone_scale")).toFloatArray())
    }

    /** Once, and whenever the tissue changes: 22 x 4 materials, gravity in m/s^2, two bone scales. */
    fun specialise(materials: FloatArray, gravity: FloatArray, bones: FloatArray) {
        val inputs = mapOf(
            "materials" to filled(materials), "gravity_m_s2" to filled(gravity), "bone_scale" to filled(bones),
        )
        interpreter.runSignature(inputs, mapOf<String, Any>("tissue_state" to tissueState.rewind()), "specialise")
    }

    /** Every frame: 478 x 3 displacements in metres and 8 eyeLook weights; x, y, z of every vertex, metres. */
    fun run(displacements: FloatArray, looks: FloatArray): FloatBuffer {
        val inputs = mapOf(
            "displacements_m" to filled(displacements),
            "look_weights" to filled(looks),
            "tissue_state" to tissueState.rewind(),
        )
        val outputs = mapOf<String, Any>("vertices_m" to vertices.rewind(), "weights" to weights.rewind())
        interpreter.runSignature(inputs, outputs, "run")
        vertices.rewind()
        return vertices.asFloatBuffer()
    }

    private fun size(function: String, side: String, name: String): Int {
        val ports = description.getJSONObject("functions").getJSONObject(function).getJSONArray(side)
        val port = (0 until ports.length()).map { ports.getJSONObject(it) }.first { it.getString("name") == name }
        return numbers(port.getJSONArray("shape")).fold(1) { product, length -> product * length.toInt() }
    }

    private fun numbers(array: org.json.JSONArray): List<Float> =
        (0 until array.length()).map { array.getDouble(it).toFloat() }

    private fun floats(count: Int): ByteBuffer = ByteBuffer.allocateDirect(4 * count).order(ByteOrder.nativeOrder())

    private fun filled(values: FloatArray): ByteBuffer =
        floats(values.size).also { it.asFloatBuffer().put(values) }
}
