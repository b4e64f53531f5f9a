package org.tensorflow.lite;

import java.io.File;
import java.util.Map;

/** What export/examples/FaceModel.kt uses of LiteRT's class, declared only. */
public final class Interpreter {
    public static class Options {
        public native Options setNumThreads(int threads);
    }

    public Interpreter(File model, Options options) {}

    public native void runSignature(Map<String, Object> inputs, Map<String, Object> outputs, String key);
}
