import { describeStore } from './contract.js';

describeStore('sqlite');
