package org.json;

/** What export/examples/FaceModel.kt uses of Android's class, declared only. */
public class JSONObject {
    public JSONObject(String json) {}

    public native JSONObject getJSONObject(String name);

    public native JSONArray getJSONArray(String name);

    public native String getString(String name);
}
