// A head that follows a face, on an iPhone: MediaPipe's landmarks in, vertices out.
//
// Add head.mlpackage and head.specialise.mlpackage to the app; Xcode compiles them to .mlmodelc.
// One package of `--ios 18` holds both: give its URL twice.
//
// `displacements` are MediaPipe's 478 points in the head frame less the same points of the performer's neutral
// face, in metres, scaled to this head: landmark_driver/landmarks/calibration.py shows how.

import CoreML
import Foundation

final class FaceModel {
    /// Names, units, faces and the landmarks' places.
    let description: [String: Any]
    private let frame: MLModel
    private let tissue: MLModel
    private var tissueState: MLMultiArray

    init(run: URL, specialise: URL) throws {
        let settings = MLModelConfiguration()
        settings.computeUnits = .cpuOnly  // small products in float32: quicker than a trip to the GPU
        if #available(iOS 18, *), run == specialise { settings.functionName = "run" }
        frame = try MLModel(contentsOf: run, configuration: settings)
        if #available(iOS 18, *), run == specialise { settings.functionName = "specialise" }
        tissue = try MLModel(contentsOf: specialise, configuration: settings)
        let own = frame.modelDescription.metadata[.creatorDefinedKey] as? [String: String]
        let text = Data((own?["softdeca"] ?? "{}").utf8)
        description = try JSONSerialization.jsonObject(with: text) as? [String: Any] ?? [:]
        tissueState = try MLMultiArray(shape: [23646], dataType: .float32)  // zeros: the default material
    }

    /// Whenever the tissue changes: 22 x 4 materials, gravity in m/s^2, two bone scales.
    func specialise(materials: [Float], gravity: [Float], bones: [Float]) throws {
        let inputs = try MLDictionaryFeatureProvider(dictionary: [
            "materials": FaceModel.array(materials, [22, 4]),
            "gravity_m_s2": FaceModel.array(gravity, [3]),
            "bone_scale": FaceModel.array(bones, [2]),
        ])
        let answer = try tissue.prediction(from: inputs)
        guard let state = answer.featureValue(for: "tissue_state")?.multiArrayValue else { return }
        tissueState = state
    }

    /// Every frame: 478 x 3 displacements in metres and 8 eyeLook weights; x, y, z of every vertex, metres.
    func run(displacements: [Float], looks: [Float]) throws -> [Float] {
        let inputs = try MLDictionaryFeatureProvider(dictionary: [
            "displacements_m": FaceModel.array(displacements, [478, 3]),
            "look_weights": FaceModel.array(looks, [8]),
            "tissue_state": tissueState,
        ])
        let answer = try frame.prediction(from: inputs)
        guard let vertices = answer.featureValue(for: "vertices_m")?.multiArrayValue else { return [] }
        return (0..<vertices.count).map { vertices[$0].floatValue }
    }

    private static func array(_ values: [Float], _ shape: [NSNumber]) throws -> MLMultiArray {
        let result = try MLMultiArray(shape: shape, dataType: .float32)
        for (place, value) in values.enumerated() {
            result[place] = NSNumber(value: value)
        }
        return result
    }
}
