// The rules for the page's JavaScript and for the bench's page: eslint's recommended ones, and some more.

import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/node_modules/**"] },
  {
    files: ["**/*.js"],
    ...js.configs.recommended,
    languageOptions: { ecmaVersion: 2025, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...js.configs.recommended.rules,
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "no-implicit-coercion": "error",
      "no-shadow": "error",
      "no-throw-literal": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "prefer-template": "error",
    },
  },
  {
    files: ["capture/page/service_worker.js"],
    languageOptions: { sourceType: "script", globals: { ...globals.serviceworker, PAGE: "readonly" } },
  },
  { files: ["capture/page/tracking/tracker_worker.js"], languageOptions: { sourceType: "script", globals: globals.worker } },
];
