// A head that follows a face, in C++: MediaPipe's landmarks in, vertices out.
//
//   c++ -std=c++17 -I litert_sdk FaceModel.cpp -lLiteRt        LiteRT 2.3, which a phone's app links too
//   face_model head.tflite < numbers > vertices
//
// reads float32 numbers from standard input: 22 x 4 materials, gravity in m/s^2, two bone scales; then, for every
// frame, 478 x 3 displacements in metres and 8 eyeLook weights. It writes x, y, z of every vertex, metres.
//
// Displacements are MediaPipe's 478 points in the head frame less the same points of the performer's neutral face,
// scaled to this head: landmark_driver/landmarks/calibration.py shows how.

#include <cstdio>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "litert/c/litert_compiled_model.h"
#include "litert/c/litert_environment.h"
#include "litert/c/litert_model.h"
#include "litert/c/litert_options.h"
#include "litert/c/litert_tensor_buffer.h"
#include "litert/c/litert_tensor_buffer_requirements.h"

using Floats = std::vector<float>;

void check(LiteRtStatus status, const std::string& step) {
  if (status != kLiteRtStatusOk) throw std::runtime_error(step + ": LiteRT's status " + std::to_string(status));
}

// One signature of the model, with memory for what goes in and out.
struct Function {
  LiteRtParamIndex index;
  std::vector<std::string> input_names, output_names;
  std::vector<LiteRtTensorBuffer> inputs, outputs;
};

class FaceModel {
 public:
  explicit FaceModel(const char* path) {
    check(LiteRtCreateEnvironment(0, nullptr, &environment_), "environment");
    check(LiteRtCreateModelFromFile(environment_, path, &model_), path);
    LiteRtOptions options;
    check(LiteRtCreateOptions(&options), "options");
    check(LiteRtSetOptionsHardwareAccelerators(options, kLiteRtHwAcceleratorCpu), "options");
    check(LiteRtCreateCompiledModel(environment_, model_, options, &compiled_), "compiling");
    LiteRtDestroyOptions(options);
    LiteRtParamIndex count;
    check(LiteRtGetNumModelSignatures(model_, &count), "signatures");
    for (LiteRtParamIndex index = 0; index < count; ++index) add_function(index);
  }

  ~FaceModel() {
    for (auto& [name, function] : functions_) {
      for (auto buffer : function.inputs) LiteRtDestroyTensorBuffer(buffer);
      for (auto buffer : function.outputs) LiteRtDestroyTensorBuffer(buffer);
    }
    LiteRtDestroyCompiledModel(compiled_);
    LiteRtDestroyModel(model_);
    LiteRtDestroyEnvironment(environment_);
  }

  FaceModel(const FaceModel&) = delete;

  // Once, and whenever the tissue changes.
  void specialise(const Floats& materials, const Floats& gravity, const Floats& bones) {
    const std::map<std::string, Floats> tissue = {
        {"materials", materials}, {"gravity_m_s2", gravity}, {"bone_scale", bones}};
    tissue_state_ = call("specialise", tissue).at("tissue_state");
  }

  // Every frame.
  Floats run(const Floats& displacements, const Floats& looks) {
    return call("run", {{"displacements_m", displacements}, {"look_weights", looks}, {"tissue_state", tissue_state_}})
        .at("vertices_m");
  }

 private:
  void add_function(LiteRtParamIndex index) {
    LiteRtSignature signature;
    LiteRtParamIndex inputs, outputs;
    const char* key;
    check(LiteRtGetModelSignature(model_, index, &signature), "signature");
    check(LiteRtGetSignatureKey(signature, &key), "signature");
    Function& function = functions_[key];
    function.index = index;
    check(LiteRtGetNumSignatureInputs(signature, &inputs), key);
    check(LiteRtGetNumSignatureOutputs(signature, &outputs), key);
    for (LiteRtParamIndex place = 0; place < inputs; ++place) {
      const char* name;
      LiteRtTensor tensor;
      LiteRtTensorBufferRequirements wanted;
      check(LiteRtGetSignatureInputName(signature, place, &name), key);
      check(LiteRtGetSignatureInputTensorByIndex(signature, place, &tensor), name);
      check(LiteRtGetCompiledModelInputBufferRequirements(compiled_, index, place, &wanted), name);
      function.input_names.push_back(name);
      function.inputs.push_back(memory(tensor, wanted));
    }
    for (LiteRtParamIndex place = 0; place < outputs; ++place) {
      const char* name;
      LiteRtTensor tensor;
      LiteRtTensorBufferRequirements wanted;
      check(LiteRtGetSignatureOutputName(signature, place, &name), key);
      check(LiteRtGetSignatureOutputTensorByIndex(signature, place, &tensor), name);
      check(LiteRtGetCompiledModelOutputBufferRequirements(compiled_, index, place, &wanted), name);
      function.output_names.push_back(name);
      function.outputs.push_back(memory(tensor, wanted));
    }
  }

  LiteRtTensorBuffer memory(LiteRtTensor tensor, LiteRtTensorBufferRequirements wanted) {
    LiteRtRankedTensorType type;
    LiteRtTensorBuffer buffer;
    check(LiteRtGetRankedTensorType(tensor, &type), "shape");
    check(LiteRtCreateManagedTensorBufferFromRequirements(environment_, &type, wanted, &buffer), "memory");
    return buffer;
  }

  std::map<std::string, Floats> call(const std::string& name, const std::map<std::string, Floats>& inputs) {
    Function& function = functions_.at(name);
    for (size_t place = 0; place < function.inputs.size(); ++place) {
      Floats values = inputs.at(function.input_names[place]);
      copy(function.inputs[place], values, kLiteRtTensorBufferLockModeWrite);
    }
    check(LiteRtRunCompiledModel(compiled_, function.index, function.inputs.size(), function.inputs.data(),
                                 function.outputs.size(), function.outputs.data()), name);
    std::map<std::string, Floats> answer;
    for (size_t place = 0; place < function.outputs.size(); ++place)
      copy(function.outputs[place], answer[function.output_names[place]], kLiteRtTensorBufferLockModeRead);
    return answer;
  }

  // Into the model's memory, or out of it.
  static void copy(LiteRtTensorBuffer buffer, Floats& values, LiteRtTensorBufferLockMode mode) {
    size_t bytes;
    void* place;
    check(LiteRtGetTensorBufferPackedSize(buffer, &bytes), "size");
    if (mode == kLiteRtTensorBufferLockModeRead) values.resize(bytes / sizeof(float));
    if (values.size() * sizeof(float) != bytes) throw std::runtime_error("an input of another size");
    check(LiteRtLockTensorBuffer(buffer, &place, mode), "memory");
    if (mode == kLiteRtTensorBufferLockModeRead) std::memcpy(values.data(), place, bytes);
    else std::memcpy(place, values.data(), bytes);
    check(LiteRtUnlockTensorBuffer(buffer), "memory");
  }

  LiteRtEnvironment environment_ = nullptr;
  LiteRtModel model_ = nullptr;
  LiteRtCompiledModel compiled_ = nullptr;
  std::map<std::string, Function> functions_;
  Floats tissue_state_;
};

bool read(Floats& values) { return std::fread(values.data(), sizeof(float), values.size(), stdin) == values.size(); }

int main(int count, char** arguments) try {
  if (count != 2) throw std::runtime_error("expected one argument, a model");
  FaceModel model(arguments[1]);
  Floats materials(22 * 4), gravity(3), bones(2), displacements(478 * 3), looks(8);
  if (!read(materials) || !read(gravity) || !read(bones)) throw std::runtime_error("no tissue on standard input");
  model.specialise(materials, gravity, bones);
  while (read(displacements) && read(looks)) {
    const Floats vertices = model.run(displacements, looks);
    std::fwrite(vertices.data(), sizeof(float), vertices.size(), stdout);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "face_model: %s\n", error.what());
  return 1;
}
