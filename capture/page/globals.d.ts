/** Put before service_worker.js by the desktop (capture/phone/offline_page.py). */
declare const PAGE: { version: string; files: string[] };
