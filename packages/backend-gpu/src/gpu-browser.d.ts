declare module 'gpu.js/dist/gpu-browser.js';
