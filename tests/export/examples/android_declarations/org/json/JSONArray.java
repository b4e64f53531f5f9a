package org.json;

/** What export/examples/FaceModel.kt uses of Android's class, declared only. */
public class JSONArray {
    public native int length();

    public native double getDouble(int index);

    public native JSONObject getJSONObject(int index);

    public native JSONArray getJSONArray(int index);
}
