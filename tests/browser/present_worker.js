/** The real worker, which also answers the roll call. Given as `workerUrl`. */
import './roll_call.js';
import '/tagdrop/worker.js';
